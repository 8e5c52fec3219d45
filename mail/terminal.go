package mail

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// Terminal returns a sender for development that writes each mail to w so that
// it can be read there. Every link gets a line of its own, to be clicked or
// copied whole. A mail is one call of Write: w must be safe for concurrent
// writes, as os.Stderr is. Nothing in a mail can steer the terminal.
func Terminal(w io.Writer) Sender { return terminal{w} }

type terminal struct{ w io.Writer }

func (t terminal) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mail: terminal: %w", err)
	}
	m, err := m.Clean()
	if err != nil {
		return err
	}
	rule := strings.Repeat("─", Columns)
	text := rule + "\n" +
		"Mail     " + cleanLine(m.Kind) + ", " + m.At.UTC().Format(time.DateTime) + " UTC\n" +
		"To       " + m.To + "\n" +
		"Subject  " + m.Subject + "\n\n" +
		strings.TrimRight(linksAlone(m.Text), "\n") + "\n" + rule + "\n"
	if _, err := io.WriteString(t.w, text); err != nil {
		return fmt.Errorf("mail: terminal: %w", err)
	}
	return nil
}

// linksAlone puts every link on a line of its own.
func linksAlone(text string) string {
	lines := strings.Split(text, "\n")
	out := make([]string, 0, len(lines))
	for _, line := range lines {
		if !strings.Contains(line, "http://") && !strings.Contains(line, "https://") {
			out = append(out, line)
			continue
		}
		var words []string
		flush := func() {
			if len(words) > 0 {
				out = append(out, strings.Join(words, " "))
				words = nil
			}
		}
		for _, word := range strings.Fields(line) {
			link := strings.TrimRight(strings.TrimLeft(word, "<("), ".,;:!?)>")
			if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
				words = append(words, word)
				continue
			}
			flush()
			out = append(out, link)
		}
		flush()
	}
	return strings.Join(out, "\n")
}
