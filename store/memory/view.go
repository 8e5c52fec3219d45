package memory

// view is a table with changes that are not yet made: reads see them, the table
// does not. A change set is checked against views, each change seeing the ones
// before it, and installed only when the last has passed.
type view[K comparable, V any] struct {
	base map[K]V
	over map[K]pending[V]
}

type pending[V any] struct {
	v    V
	gone bool
}

func viewOf[K comparable, V any](base map[K]V) view[K, V] { return view[K, V]{base: base} }

func (w *view[K, V]) get(k K) (V, bool) {
	if p, staged := w.over[k]; staged {
		return p.v, !p.gone
	}
	v, ok := w.base[k]
	return v, ok
}

func (w *view[K, V]) stage(k K, p pending[V]) {
	if w.over == nil {
		w.over = map[K]pending[V]{}
	}
	w.over[k] = p
}

func (w *view[K, V]) put(k K, v V) { w.stage(k, pending[V]{v: v}) }

func (w *view[K, V]) drop(k K) { w.stage(k, pending[V]{gone: true}) }

// install makes the changes. Their order does not matter: each key has one.
func (w *view[K, V]) install() {
	for k, p := range w.over {
		if p.gone {
			delete(w.base, k)
		} else {
			w.base[k] = p.v
		}
	}
}
