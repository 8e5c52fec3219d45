package httpscan

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/axess-go/axess/internal/problem"
)

func (c *check) statusRules() {
	h := c.a.Header
	switch c.a.Status {
	case http.StatusUnauthorized:
		if h.Get("WWW-Authenticate") == "" {
			c.find(Companion, "401 without WWW-Authenticate")
		}
	case http.StatusMethodNotAllowed:
		if strings.TrimSpace(strings.Join(h["Allow"], "")) == "" {
			c.find(Companion, "405 without Allow")
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		v := h.Get("Retry-After")
		if n, err := strconv.Atoi(v); err != nil || n < 1 {
			if _, err := http.ParseTime(v); err != nil {
				c.find(Companion, "%d with Retry-After %q", c.a.Status, v)
			}
		}
	}
	c.length()
}

func (c *check) length() {
	h := c.a.Header
	said, has := h["Content-Length"]
	bare := c.r.Method == http.MethodHead || c.a.Status == http.StatusNoContent || c.a.Status == http.StatusNotModified
	switch {
	case bare && len(c.a.Body) > 0:
		c.find(Length, "%d bytes where there is no body", len(c.a.Body))
	case c.a.Status == http.StatusNoContent && has:
		c.find(Length, "204 with Content-Length %q", said)
	case has && (len(said) != 1 || !bare && said[0] != strconv.Itoa(len(c.a.Body))):
		c.find(Length, "Content-Length %q, %d bytes", said, len(c.a.Body))
	}
	if has && len(h["Transfer-Encoding"]) > 0 {
		c.find(Length, "Content-Length and Transfer-Encoding together")
	}
}

func (c *check) bodyRules() {
	body := c.a.Body
	if len(body) == 0 {
		return
	}
	said := c.a.Header.Get("Content-Type")
	if c.mediaType() == "text/html" && !strings.Contains(strings.ToLower(strings.ReplaceAll(said, " ", "")), ";charset=utf-8") {
		c.find(ContentType, "HTML with Content-Type %q", said)
	}
	if bytes.Contains(body, []byte("goroutine 1 [")) || bytes.Contains(body, []byte("runtime/debug.Stack(")) || bytes.Contains(body, []byte("\npanic: ")) {
		c.find(Banner, "the body shows a stack")
	}
	if c.mediaType() == "application/problem+json" {
		c.problem()
	}
}

// problem checks a problem document (RFC 9457 §3). Documents with a type of the
// program's own need no code.
func (c *check) problem() {
	var doc struct {
		Type, Title, Code string
		Status            int
		RequestID         string `json:"request_id"`
	}
	if err := json.Unmarshal(c.a.Body, &doc); err != nil {
		c.find(Problem, "is not a JSON object: %v", err)
		return
	}
	if doc.Status != c.a.Status || c.a.Status < 400 {
		c.find(Problem, "says status %d", doc.Status)
	}
	if doc.Title == "" {
		c.find(Problem, "has no title")
	}
	if id := c.a.Header.Get("X-Request-Id"); id != "" && doc.RequestID != id {
		c.find(Problem, "request_id %q, the header says %q", doc.RequestID, id)
	}
	code, ours := strings.CutPrefix(doc.Type, "urn:axess:problem:")
	if !ours {
		return
	}
	if code != doc.Code {
		c.find(Problem, "type %q with code %q", doc.Type, doc.Code)
	}
	for _, known := range problem.Codes() {
		if known.String() == code {
			if known.Status() != c.a.Status {
				c.find(Problem, "code %s belongs to status %d", code, known.Status())
			}
			return
		}
	}
	c.find(Problem, "code %q is not in docs/errors.md", code)
}
