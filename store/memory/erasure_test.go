package memory_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store/memory"
)

// reachable is every text and every run of bytes that a value leads to.
func reachable(v reflect.Value) []byte {
	var out bytes.Buffer
	seen := map[uintptr]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			out.WriteString("\n" + v.String())
		case reflect.Pointer:
			if !v.IsNil() && !seen[v.Pointer()] {
				seen[v.Pointer()] = true
				walk(v.Elem())
			}
		case reflect.Interface:
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Map:
			for k := range v.Seq() {
				walk(k)
				walk(v.MapIndex(k))
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				out.WriteString("\n")
				for i := range v.Len() {
					out.WriteByte(byte(v.Index(i).Uint()))
				}
				return
			}
			for i := range v.Len() {
				walk(v.Index(i))
			}
		default:
		}
	}
	walk(v)
	return out.Bytes()
}

// AUN-I7: whatever somebody did, once they are erased nothing that the store leads to
// holds anything of them.
func TestErasure_leaves_nothing_in_memory(t *testing.T) {
	t.Parallel()
	draws.OneIn(t, 20, func(rt *rapid.T) {
		stores := memory.New(memory.Config{}).Stores()
		fronttest.CheckErasure(t, stores, func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }, func() []byte {
			return reachable(reflect.ValueOf(&stores))
		})
	})
}
