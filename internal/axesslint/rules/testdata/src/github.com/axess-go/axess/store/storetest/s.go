package storetest

import "sync"

func Race(f func()) {
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(f)
	}
	go f()
	wg.Wait()
}
