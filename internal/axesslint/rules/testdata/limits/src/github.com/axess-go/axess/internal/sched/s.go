package sched

import "time"

var began = time.Now() // want `L01: time.Now`
