package orderhit

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
)

// Store is a port.
type Store interface {
	Delete(ctx context.Context, key string) error
}

func keys(m map[string]int) (out []string) {
	for k := range m {
		out = append(out, k) // want `L10: out grows in a range over a map`
	}
	return out
}

func text(m map[string]int) (s string) {
	for k := range m {
		s += k // want `L10: s grows in a range over a map`
	}
	return s
}

func first(m map[string]int) string {
	for k, n := range m {
		if n > 1 {
			return k // want `L10: a range over a map returns what it comes to first`
		}
	}
	return ""
}

func effects(ctx context.Context, s Store, w io.Writer, log *slog.Logger, m map[string]int) {
	var b strings.Builder
	for k := range m {
		_ = s.Delete(ctx, k) // want `L10: s.Delete in a range over a map`
		fmt.Fprintln(w, k)   // want `L10: fmt.Fprintln in a range over a map`
		log.Info(k)          // want `L10: log.Info in a range over a map`
		b.WriteString(k)     // want `L10: b.WriteString in a range over a map`
	}
	for k := range maps.Keys(m) {
		fmt.Println(k) // want `L10: fmt.Println in a range over a map`
	}
}

func sortedBefore(m map[string]int) (out []string) {
	out = keys(m)
	for k := range m {
		if m[k] > 0 {
			out = append(out, k) // want `L10: out grows`
		}
	}
	return out
}

func chosen(a, b chan int) int {
	select { // want `L10: a select of several cases`
	case n := <-a:
		return n
	case n := <-b:
		return n
	}
}
