package sim

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/store/storetest/fault"
)

// sight is a request of somebody who looks, and all that can be known of its answer.
type sight struct {
	asked string // by whom and what
	text  string // what came back
	at    time.Duration
	took  time.Duration
	x     *exchange // whose calls are known in the end; nil: none
	step  int
}

// exchangeKey finds the exchange in the context of a task.
type exchangeKey struct{}

// notes keeps what a request of somebody who looks has led to.
func (st *stage) notes(b *browser, method, path string, form url.Values, began time.Duration, x *exchange, a answer) {
	if !st.watches(st.w.turn()) {
		return
	}
	text := "no answer"
	if !a.lost() {
		var head strings.Builder
		a.Header.Write(&head) //nolint:errcheck // sorted, into memory
		text = fmt.Sprintf("%d\n%s\n%s", a.Code, strings.ReplaceAll(head.String(), "\r\n", "\n"), a.Body)
	}
	now := st.w.coro.Elapsed()
	st.seen = append(st.seen, &sight{
		asked: fmt.Sprintf("%s sends %s %s %s", b.name, method, path, form.Encode()), text: text,
		at: began, took: now - began, x: x, step: st.w.coro.Steps(),
	})
}

// finds keeps what somebody who looks has found in another way than by a page.
func (st *stage) finds(who, text string) {
	now := st.w.coro.Elapsed()
	st.seen = append(st.seen, &sight{asked: who, text: text, at: now, step: st.w.coro.Steps()})
}

// calls notes a call of a store that a request has made. Of a commit the writes are
// counted and not named: what a new address writes, an existing one writes as rows that
// nobody delivers.
func (st *stage) calls(ctx context.Context, c fault.Call) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	switch {
	case !ok:
	case c.Verb == "identity.Apply":
		x.work = append(x.work, fmt.Sprint(c.Verb, " of ", len(c.Parts)))
	default:
		x.work = append(x.work, fmt.Sprint(c, len(c.Rows)))
	}
}

// String is all of it: the request, when it was made and how long it took, the answer,
// and the calls of the stores as a multiset, in no order of theirs.
func (s *sight) String() string {
	out := fmt.Sprintf("%s\nat %v, for %v\n%s\n", s.asked, s.at, s.took, s.text)
	if s.x == nil {
		return out
	}
	work := slices.Sorted(slices.Values(s.x.work))
	return out + "calls " + strings.Join(work, "\ncalls ")
}

// apart finds the first request that is not the same in both worlds, and says how; no
// words: all are.
func apart(one, other []*sight) (int, string) {
	names := twins{there: map[string]string{}, back: map[string]string{}}
	for i, a := range one {
		if i >= len(other) {
			return i, fmt.Sprintf("request %d, %s, is not made in the other world", i+1, a.asked)
		}
		as, bs := strings.Split(a.String(), "\n"), strings.Split(other[i].String(), "\n")
		for j, line := range as {
			if j >= len(bs) {
				return i, fmt.Sprintf("request %d, %s: %q, and in the other world nothing", i+1, a.asked, line)
			}
			if at := names.same(line, bs[j]); at >= 0 {
				return i, fmt.Sprintf("request %d, %s: %q, and in the other world %q", i+1, a.asked, near(line, at), near(bs[j], at))
			}
		}
		if len(bs) > len(as) {
			return i, fmt.Sprintf("request %d, %s: nothing, and in the other world %q", i+1, a.asked, bs[len(as)])
		}
	}
	return 0, ""
}

// drawn are ids and tokens: what is random by nature.
var drawn = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{22,}`)

// twins are the names that one thing has in both worlds, by their first appearance. A
// token of the one is always the same token of the other, as long, and nobody else's.
type twins struct{ there, back map[string]string }

// same is -1, or where two lines part.
func (n twins) same(a, b string) int {
	as, bs := drawn.FindAllStringIndex(a, -1), drawn.FindAllStringIndex(b, -1)
	from, to := 0, 0
	for i := range min(len(as), len(bs)) {
		x, y := a[as[i][0]:as[i][1]], b[bs[i][0]:bs[i][1]]
		if a[from:as[i][0]] != b[to:bs[i][0]] || len(x) != len(y) {
			return from
		}
		if _, known := n.there[x]; !known && n.back[y] == "" {
			n.there[x], n.back[y] = y, x
		}
		if n.there[x] != y || n.back[y] != x {
			return as[i][0]
		}
		from, to = as[i][1], bs[i][1]
	}
	if len(as) != len(bs) || a[from:] != b[to:] {
		return from
	}
	return -1
}

// near is what a line has around a place.
func near(line string, at int) string {
	const before, behind = 40, 120
	return line[max(0, min(at, len(line))-before):min(len(line), at+behind)]
}
