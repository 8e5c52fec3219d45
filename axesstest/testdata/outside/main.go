// The kit in a program that is no test.
package main

import (
	"net/http"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
)

type tb struct{ testing.TB }

func (tb) Helper() {}

func main() {
	axesstest.New(tb{}, func(*axess.Axess) http.Handler { return http.NotFoundHandler() })
}
