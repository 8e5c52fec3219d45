package waithit

import (
	"sync"
	"testing"
)

func TestX(t *testing.T) {
	var wg sync.WaitGroup
	wg.Go(func() {})
	wg.Wait()
	go func() {}()
}
