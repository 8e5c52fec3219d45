package jwt

import "time"

// negative remembers names of keys that the issuer did not have, the youngest of them.
// Without it each bad token would cost the one fetch that an interval allows, and the
// good one that comes with a new key would find none left.
type negative struct {
	since map[string]time.Duration // Mono of the last search
	order []string                 // oldest first; each name of since once
}

func (n *negative) has(kid string, now time.Duration) bool {
	at, found := n.since[kid]
	return found && now-at < negativeFor
}

func (n *negative) add(kid string, now time.Duration) {
	if n.since == nil {
		n.since = make(map[string]time.Duration)
	}
	if _, found := n.since[kid]; found {
		for i, k := range n.order {
			if k == kid {
				n.order = append(n.order[:i], n.order[i+1:]...)
				break
			}
		}
	} else if len(n.order) == negativeMost {
		delete(n.since, n.order[0])
		n.order = n.order[1:]
	}
	n.since[kid] = now
	n.order = append(n.order, kid)
}
