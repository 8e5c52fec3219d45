package sim

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"time"
)

// stranger has no account, or one that gives no right to what they ask for, and asks all
// the same: without a cookie, with one that they have made up, changed, or put together
// from what a copy of the database shows.
type stranger struct{ *actor }

func (s *stranger) live(ctx context.Context) {
	for s.begin() == nil && s.w.outside.Sleep(ctx, time.Duration(s.draw(15_000))*time.Millisecond) == nil {
		b := s.w.browser("a stranger", "198.51.100.3:4000")
		people := s.w.ghost.people
		p := people[s.draw(len(people))]
		path := []string{"/me", "/vault", "/admin", "/auth/account"}[s.draw(4)]
		switch s.draw(4) {
		case 0: // nothing
		case 1: // a cookie of somebody, in which one bit is another
			if from := p.browsers[s.draw(len(p.browsers))]; from.cookie() != "" {
				raw, err := base64.RawURLEncoding.DecodeString(from.cookie())
				if err == nil && len(raw) > 0 {
					raw[s.draw(len(raw))] ^= 1 << s.draw(8)
					b.cookies = []*http.Cookie{{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(raw)}}
				}
			}
		case 2: // what a copy of the table of sessions has in the place of an id
			if refs := s.w.ghost.refs; len(refs) > 0 {
				ref := refs[s.draw(len(refs))].Bytes()
				raw := slices.Concat([]byte{1, 1, 0, 0, 0, 0}, ref[:], make([]byte, 32))
				b.cookies = []*http.Cookie{{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(raw)}}
			}
		case 3: // somebody who is signed in and is no administrator
			from := p.browsers[s.draw(len(p.browsers))]
			if p.rules || from.acting {
				continue
			}
			b, path = from.tab(), "/admin"
			b.name = "a stranger in " + from.name
		}
		s.w.tell(s.name, "asks for %s", path)
		if a := b.send(ctx, http.MethodGet, path, nil); a.Code == http.StatusOK {
			s.w.ghost.notice("I43", "%s is shown %s", b.name, path)
		}
	}
}
