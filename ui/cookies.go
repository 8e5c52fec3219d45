package ui

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/seal"
)

// CookieNames says how the pages' cookies are called and whether they need
// https: both follow the session cookie.
type CookieNames struct {
	// Session is the session cookie's name; "-link", "-notice" and "-lang" are appended.
	Session string
	// InsecureHTTP drops Secure: plain-http development only.
	InsecureHTTP bool
}

const (
	linkLife   = 10 * time.Minute
	noticeLife = time.Minute
	// claimLinkLife is longer: nobody should lose what they typed into the first
	// form to a cookie that ran out meanwhile.
	claimLinkLife = time.Hour
	languageLife  = 365 * 24 * time.Hour
	// maxPageCookie bounds what is decoded of a cookie of ours, in bytes.
	maxPageCookie = 512
)

// pageCookies keep a link token out of addresses (UIX-062) and carry one notice
// to the next page (UIX-057). Both are sealed: nobody else can plant a token or
// put a sentence on a page.
type pageCookies struct {
	names        CookieNames
	clock        clock.Clock
	links, notes *seal.Sealer
}

func newPageCookies(cfg HandlersConfig) pageCookies {
	return pageCookies{
		names: cfg.Cookies, clock: cfg.Clock,
		links: cfg.Keys.Cookie.Sealer(seal.LabelLinkCookie),
		notes: cfg.Keys.Cookie.Sealer(seal.LabelNoticeCookie),
	}
}

func (c pageCookies) linkName() string   { return c.names.Session + "-link" }
func (c pageCookies) noticeName() string { return c.names.Session + "-notice" }
func (c pageCookies) langName() string   { return c.names.Session + "-lang" }

// setLanguage keeps a choice of language. It is the only cookie that is not
// sealed: it says nothing that Accept-Language does not say, and whoever plants
// another value changes the words of a page, from the same catalogue.
func (c pageCookies) setLanguage(w http.ResponseWriter, tag string) {
	c.write(w, c.langName(), tag, languageLife)
}

// language is the chosen tag, as the browser sends it: not yet one of ours.
func (c pageCookies) language(r *http.Request) string {
	found := r.CookiesNamed(c.langName())
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

func (c pageCookies) write(w http.ResponseWriter, name, value string, life time.Duration) {
	cookie := &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: !c.names.InsecureHTTP, SameSite: http.SameSiteLaxMode,
	}
	if life <= 0 {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// encode seals a value with its end; an empty result drops the cookie.
func (c pageCookies) encode(s *seal.Sealer, prefix seal.Prefix, name, value string, life time.Duration) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(c.clock.Now().Add(life).UnixMilli()))
	env, err := s.Seal([]byte(name), []byte(prefix), append(plain, value...))
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(env)
}

// decode opens a value that has not ended. Anything else is no cookie.
func (c pageCookies) decode(s *seal.Sealer, prefix seal.Prefix, r *http.Request, name string) (string, bool) {
	found := r.CookiesNamed(name)
	if len(found) != 1 || len(found[0].Value) > maxPageCookie {
		return "", false
	}
	env, err := base64.RawURLEncoding.Strict().DecodeString(found[0].Value)
	if err != nil {
		return "", false
	}
	plain, _, err := s.Open([]byte(name), []byte(prefix), env)
	if err != nil || len(plain) < 8 {
		return "", false
	}
	end := time.UnixMilli(int64(binary.BigEndian.Uint64(plain)))
	if !c.clock.Now().Before(end) {
		return "", false
	}
	return string(plain[8:]), true
}

func (c pageCookies) setLink(w http.ResponseWriter, token string) {
	c.write(w, c.linkName(), c.encode(c.links, seal.PrefixLinkCookie, c.linkName(), token, linkLife), linkLife)
}

// setClaim is setLink for a claim, whose first form takes longer to fill in.
func (c pageCookies) setClaim(w http.ResponseWriter, token string) {
	c.write(w, c.linkName(), c.encode(c.links, seal.PrefixLinkCookie, c.linkName(), token, claimLinkLife), claimLinkLife)
}

func (c pageCookies) link(r *http.Request) (string, bool) {
	return c.decode(c.links, seal.PrefixLinkCookie, r, c.linkName())
}

func (c pageCookies) dropLink(w http.ResponseWriter) { c.write(w, c.linkName(), "", 0) }

func (c pageCookies) setNotice(w http.ResponseWriter, key string) {
	c.write(w, c.noticeName(), c.encode(c.notes, seal.PrefixNoticeCookie, c.noticeName(), key, noticeLife), noticeLife)
}

// takeNotice returns the waiting notice and drops its cookie: it is shown once.
func (c pageCookies) takeNotice(w http.ResponseWriter, r *http.Request) Text {
	key, ok := c.decode(c.notes, seal.PrefixNoticeCookie, r, c.noticeName())
	if !ok || r.Method != http.MethodGet {
		return Text{}
	}
	c.write(w, c.noticeName(), "", 0)
	return Text{Key: key}
}
