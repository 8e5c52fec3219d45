package axesstest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess"
)

// weak is a layer around a program that undoes one protection.
type weak func(inner http.Handler) http.Handler

// changed lets a layer read the form, change the request and see the answer.
func changed(inner http.Handler, before func(r *http.Request, form url.Values), after func(r *http.Request, form url.Values, w http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		form, _ := url.ParseQuery(string(body)) // what is no form has no fields
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if before != nil {
			before(r, form)
		}
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		if after != nil {
			after(r, form, w)
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

const cookieName = "__Host-axess"

// sessionOf is the session cookie that an answer sets.
func sessionOf(w http.ResponseWriter) string {
	for _, c := range (&http.Response{Header: w.Header()}).Cookies() {
		if c.Name == cookieName {
			return c.Value
		}
	}
	return ""
}

// swap gives a request another session cookie.
func swap(r *http.Request, value string) {
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range cookies {
		if c.Name == cookieName {
			c.Value = value
		}
		r.AddCookie(c)
	}
}

func cookieOf(r *http.Request) string {
	if c, err := r.Cookie(cookieName); err == nil && len(r.CookiesNamed(cookieName)) == 1 {
		return c.Value
	}
	return ""
}

// sameOrigin makes a request look as if a page of the program had sent it.
func sameOrigin(r *http.Request) {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", Origin)
	if c, err := r.Cookie(cookieName + "-csrf"); err == nil {
		r.Header.Set("X-Csrf-Token", c.Value)
	}
}

// weaknesses are those layers, by the attack that has to find them.
func weaknesses() map[string]weak {
	post := func(r *http.Request, path string) bool { return r.Method == http.MethodPost && r.URL.Path == path }
	memory := func() (*sync.Mutex, map[string]string) { return &sync.Mutex{}, map[string]string{} }
	return map[string]weak{
		"guards": func(inner http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/notes" && r.Method == http.MethodGet && r.Header.Get("Accept") == "application/json" {
					_, _ = io.WriteString(w, "[]")
					return
				}
				inner.ServeHTTP(w, r)
			})
		},
		"fixation": func(inner http.Handler) http.Handler {
			mu, after := memory()
			return changed(inner, func(r *http.Request, _ url.Values) {
				mu.Lock()
				defer mu.Unlock()
				if c := after[cookieOf(r)]; c != "" {
					swap(r, c)
				}
			}, func(r *http.Request, _ url.Values, w http.ResponseWriter) {
				mu.Lock()
				defer mu.Unlock()
				if c := sessionOf(w); c != "" && post(r, "/auth/sign-in") {
					after[cookieOf(r)] = c
				}
			})
		},
		"csrf": func(inner http.Handler) http.Handler {
			return changed(inner, func(r *http.Request, _ url.Values) {
				if r.Method == http.MethodPost && r.URL.Path == "/notes" {
					sameOrigin(r)
				}
			}, nil)
		},
		"login_csrf": func(inner http.Handler) http.Handler {
			return changed(inner, func(r *http.Request, _ url.Values) {
				if post(r, "/auth/sign-in") {
					sameOrigin(r)
				}
			}, nil)
		},
		"forged_cookie": func(inner http.Handler) http.Handler {
			mu, of := memory()
			return changed(inner, func(r *http.Request, _ url.Values) {
				mu.Lock()
				defer mu.Unlock()
				if c := of[cookieOf(r)]; c != "" {
					swap(r, c)
				}
			}, func(r *http.Request, form url.Values, w http.ResponseWriter) {
				mu.Lock()
				defer mu.Unlock()
				if c := sessionOf(w); c != "" && form.Get("identifier") != "" {
					of[form.Get("identifier")] = c
				}
			})
		},
		"replayed_code": func(inner http.Handler) http.Handler {
			mu, of := memory()
			return changed(inner, nil, func(_ *http.Request, form url.Values, w http.ResponseWriter) {
				mu.Lock()
				defer mu.Unlock()
				switch code := form.Get("code"); {
				case code == "":
				case of[code] == "":
					of[code] = sessionOf(w)
				default:
					w.Header().Set("Set-Cookie", cookieName+"="+of[code]+"; Path=/; Secure; HttpOnly; SameSite=Lax")
				}
			})
		},
		"ended_session": func(inner http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if post(r, "/auth/sign-out") && r.Header.Get("Sec-Fetch-Site") == "same-origin" {
					w.Header().Set("Set-Cookie", cookieName+"=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax")
					http.Redirect(w, r, "/", http.StatusSeeOther)
					return
				}
				inner.ServeHTTP(w, r)
			})
		},
		"open_redirect": func(inner http.Handler) http.Handler {
			return changed(inner, nil, func(_ *http.Request, form url.Values, w http.ResponseWriter) {
				if next := form.Get("next"); strings.HasPrefix(next, "//") && w.Header().Get("Location") != "" {
					w.Header().Set("Location", next)
				}
			})
		},
		"host": func(inner http.Handler) http.Handler {
			return changed(inner, func(r *http.Request, _ url.Values) { r.Host = strings.TrimPrefix(Origin, "https://") }, nil)
		},
		"enumeration": func(inner http.Handler) http.Handler {
			return changed(inner, nil, func(_ *http.Request, form url.Values, w http.ResponseWriter) {
				if strings.HasPrefix(form.Get("identifier"), "known") {
					w.Header().Set("X-Checked", "1")
				}
			})
		},
		"malformed": func(inner http.Handler) http.Handler {
			return changed(inner, func(r *http.Request, _ url.Values) {
				if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
					panic(err)
				}
			}, nil)
		},
	}
}

// quiet takes findings of the scan for granted: a weak program has some.
type quiet struct{ testing.TB }

func (quiet) Errorf(string, ...any) {}

// TKT-053: each attack finds the program that is weak against it, and no other
// attack does; the program without a weakness is found by none.
func TestAttacks_find_what_they_are_for(t *testing.T) {
	t.Parallel()
	all := weaknesses()
	all["none"] = func(inner http.Handler) http.Handler { return inner }
	for _, a := range attacks() {
		if all[a.name] == nil {
			t.Errorf("no program is weak against %s", a.name)
		}
	}
	for name, weak := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := New(quiet{t}, func(auth *axess.Axess) http.Handler {
				mux := http.NewServeMux()
				mux.Handle("/auth/", auth.Pages())
				note := auth.RequireAuthn(func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
					fmt.Fprintf(w, "notes of %s", who.DisplayName())
				})
				mux.Handle("GET /notes", note)
				mux.Handle("POST /notes", note)
				return weak(auth.Handler(mux))
			})
			p := k.plan([]AttackOption{Guarded("GET /notes", "POST /notes")})
			var broken []string
			for _, a := range attacks() {
				if f := a.run(p); len(f.broken) > 0 {
					broken = append(broken, a.name)
					if a.name != name {
						t.Logf("%s: %s", a.name, strings.Join(f.broken, "\n"))
					}
				} else if f.tried == 0 {
					t.Errorf("%s tried nothing", a.name)
				}
			}
			if want := []string{name}; name != "none" && !slices.Equal(broken, want) || name == "none" && len(broken) > 0 {
				t.Errorf("broken are %v", broken)
			}
		})
	}
}
