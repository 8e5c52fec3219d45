package changeset

// Table is where rows are found.
type Table[K comparable, V any] interface {
	// Get returns a row that nobody changes any more.
	Get(k K) (V, bool)
}

// Map is a table in memory.
type Map[K comparable, V any] map[K]V

// Get implements [Table].
func (m Map[K, V]) Get(k K) (V, bool) {
	v, ok := m[k]
	return v, ok
}

// View is a table with changes that are not yet made: reads see them, the table
// does not.
type View[K comparable, V any] struct {
	base Table[K, V]
	over map[K]pending[V]
}

type pending[V any] struct {
	v    V
	gone bool
}

func viewOf[K comparable, V any](base Table[K, V]) View[K, V] { return View[K, V]{base: base} }

// Each calls f with every row that is staged, in no order: each key has one.
func (w *View[K, V]) Each(f func(k K, v V, gone bool)) {
	for k, p := range w.over {
		f(k, p.v, p.gone)
	}
}

// Install makes the changes in a map that is the view's own table.
func (w *View[K, V]) Install(m Map[K, V]) {
	for k, p := range w.over {
		if p.gone {
			delete(m, k)
		} else {
			m[k] = p.v
		}
	}
}

func (w *View[K, V]) get(k K) (V, bool) {
	if p, staged := w.over[k]; staged {
		return p.v, !p.gone
	}
	return w.base.Get(k)
}

func (w *View[K, V]) stage(k K, p pending[V]) {
	if w.over == nil {
		w.over = map[K]pending[V]{}
	}
	w.over[k] = p
}

func (w *View[K, V]) put(k K, v V) { w.stage(k, pending[V]{v: v}) }

func (w *View[K, V]) drop(k K) { w.stage(k, pending[V]{gone: true}) }
