package ordermiss

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
)

// Store is a port.
type Store interface {
	Delete(ctx context.Context, key string) error
}

func keys(m map[string]int) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func other(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Sort(sort.StringSlice(out))
	return out
}

func sum(m map[string]int) (n int, most int, back map[int][]string) {
	back = map[int][]string{}
	for k, v := range m {
		n += v
		most = max(most, v)
		back[v] = append(back[v], k)
		within := []string{}
		within = append(within, k)
		_ = within
	}
	return n, most, back
}

func has(m map[string]int) bool {
	for _, v := range m {
		if v > 1 {
			return true
		}
	}
	return false
}

func effects(ctx context.Context, s Store, w io.Writer, m map[string]int) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if err := s.Delete(ctx, k); err != nil {
			return err
		}
		fmt.Fprintln(w, k)
	}
	return nil
}

func try(a chan int) int {
	select {
	case n := <-a:
		return n
	default:
		return 0
	}
}
