package main

import (
	"strings"

	"github.com/urfave/cli/v3"
)

// columns is how wide help and first screen may be (CLI-003).
const columns = 80

// helpText is what --help prints: the flags on lines of their own, because side
// by side with their explanations they do not fit a terminal. It is a template
// without anything to fill in.
func helpText(c *cli.Command, path string) string {
	var b strings.Builder
	title := path
	if c.Usage != "" {
		title += ": " + c.Usage
	}
	b.WriteString(title + "\n\n")
	switch {
	case c.UsageText != "":
		b.WriteString("Usage: " + c.UsageText + "\n")
	case len(c.Commands) > 0:
		b.WriteString("Usage: " + path + " COMMAND [flags]\n")
	case c.ArgsUsage != "":
		b.WriteString("Usage: " + path + " [flags] " + c.ArgsUsage + "\n")
	default:
		b.WriteString("Usage: " + path + " [flags]\n")
	}
	if c.Description != "" {
		b.WriteString("\n" + c.Description + "\n")
	}
	if len(c.Commands) > 0 {
		b.WriteString("\nCommands:\n")
		for _, sub := range c.Commands {
			if !sub.Hidden {
				b.WriteString("  " + pad(sub.Name, 12) + sub.Usage + "\n")
			}
		}
		if path == c.Name {
			b.WriteString("  " + pad("completion", 12) + "print the completion script of a shell\n")
			b.WriteString("\nTopics of axess help:\n" + wrap(strings.Join(topicNames(), ", "), "  "))
		}
	}
	if len(c.Flags) > 0 {
		b.WriteString("\nFlags:\n")
		for _, f := range c.Flags {
			b.WriteString(flagHelp(f))
		}
	}
	return strings.ReplaceAll(b.String(), "{{", "{ {")
}

func flagHelp(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	usage := doc.GetUsage()
	name := "--" + f.Names()[0]
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		if arg, after, ok := strings.Cut(rest, "`"); ok {
			name += " " + arg
			usage = before + arg + after
		}
	}
	if d := doc.GetDefaultText(); d != "" && doc.TakesValue() {
		usage += " (default: " + d + ")"
	}
	return "  " + name + "\n" + wrap(usage, "        ")
}

// wrap breaks text into indented lines.
func wrap(text, indent string) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > columns && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(1, n-len(s))) }
