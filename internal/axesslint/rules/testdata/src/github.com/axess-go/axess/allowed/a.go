package allowed

import "time"

var a = time.Now() //axess:allow L01 record times stay real

//axess:allow L01 this one covers the line below
var b = time.Now()

var c = time.Now() //axess:allow L02 another rule // want `L01: time.Now`

var d = time.Now() //axess:allow L01 only its own line
var e = time.Now() // want `L01: time.Now`

//axess:allow L01 nothing here needs it // want `L01: allows nothing here, remove it`
var f = 1

var g = time.Now() //axess:allow L01 // want `L01: time.Now`
