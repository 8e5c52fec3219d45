package problem

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the problem document (RFC 9457 §3), one line without line
// break.
func (p Problem) AppendJSON(b []byte) []byte {
	b = append(b, `{"type":`...)
	b = appendString(b, p.Code.Type())
	b = append(b, `,"title":`...)
	b = appendString(b, p.Code.Title())
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.Code.Status()), 10)
	b = append(b, `,"code":`...)
	b = appendString(b, p.Code.String())
	if p.RequestID != "" {
		b = append(b, `,"request_id":`...)
		b = appendString(b, p.RequestID)
	}
	if len(p.Errors) > 0 {
		b = append(b, `,"errors":[`...)
		for i, e := range p.Errors {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"field":`...)
			b = appendString(b, e.Field)
			b = append(b, `,"rule":`...)
			b = appendString(b, e.Rule)
			b = append(b, `,"detail":`...)
			b = appendString(b, e.Detail)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if !p.RetryAt.IsZero() {
		b = append(b, `,"retry_at":`...)
		b = appendString(b, p.RetryAt.UTC().Format(time.RFC3339))
	}
	return append(b, '}')
}

// appendString escapes what would break a line, a script element or a reader
// of logs, besides what JSON asks for. Bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < 0x20 || c == '<' || c == '>' || c == '&' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029:
			b = append(b, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}
