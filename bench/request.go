package bench

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
)

const (
	origin = "https://app.example.test"
	answer = "ok"
	// many is the number of sessions of the cold variants: more than the caches
	// of a processor hold.
	many = 10_000
)

// agent is the browser of every request, the one that signs in too: a session is
// bound to it.
const agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

// newRequest is what Chrome sends for a page, with four cookies: the one given
// is the third.
func newRequest(cookie string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, origin+"/notes?page=2", http.NoBody)
	h := r.Header
	h.Set("Sec-Ch-Ua", `"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"`)
	h.Set("Sec-Ch-Ua-Mobile", "?0")
	h.Set("Sec-Ch-Ua-Platform", `"macOS"`)
	h.Set("Upgrade-Insecure-Requests", "1")
	h.Set("User-Agent", agent)
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8")
	h.Set("Sec-Fetch-Site", "same-origin")
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Sec-Fetch-User", "?1")
	h.Set("Sec-Fetch-Dest", "document")
	h.Set("Referer", origin+"/")
	h.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	h.Set("Accept-Language", "en-GB,en;q=0.9,de;q=0.8")
	if cookie != "" {
		cookie += "; "
	}
	h.Set("Cookie", "_ga=GA1.1.1206184527.1716239022; theme=dark; "+cookie+"consent=necessary.20260101")
	return r
}

// collect lets install answer one request per session and returns the requests
// of the browsers that were answered, in an order that no cache foresees.
func collect(n int, install http.Handler) ([]*http.Request, error) {
	requests := make([]*http.Request, n)
	for i := range requests {
		w := httptest.NewRecorder()
		install.ServeHTTP(w, newRequest(""))
		cookies := w.Result().Cookies()
		if w.Code != http.StatusOK || len(cookies) == 0 {
			return nil, fmt.Errorf("set-up answered %d with %d cookies: %s", w.Code, len(cookies), w.Body)
		}
		pairs := ""
		for i, c := range cookies {
			if i > 0 {
				pairs += "; "
			}
			pairs += c.Name + "=" + c.Value
		}
		requests[i] = newRequest(pairs)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
	return requests, nil
}

// record is what every session holds: who it is, how they signed in, and four
// values of the application.
type record struct {
	user, tenant string
	values       [4]string
}

const (
	keyUser   = "user"
	keyTenant = "tenant"
	keyTime   = "auth_time"
	keyHow    = "factors"
	// read names the value that the handler reads.
	read = 2
)

var keyNames = [4]string{"shop.cart", "ui.columns", "ui.filter", "last.project"}

func (r record) want() error {
	if r.user == "" || r.values[read] != sample.values[read] {
		return errors.New("the session did not hold what was put into it")
	}
	return nil
}

var sample = record{
	user:   "018f4e9a-7b2c-4d7a-9f10-2a6d1b0c8e55",
	tenant: "018f4e9a-7b2c-4d7a-8d3e-0f9c5a7b6e21",
	values: [4]string{
		"sku-18223:2,sku-99120:1,sku-40077:4",
		"name,owner,updated,size",
		"state=open&owner=me&sort=updated",
		"018f4e9a-7b2c-4d7a-b1c2-77aa11bb22cc",
	},
}

// serve is the end of every handler: two bytes if the session was right.
func serve(w http.ResponseWriter, got record) {
	if err := got.want(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, answer) // a sink does not fail
}
