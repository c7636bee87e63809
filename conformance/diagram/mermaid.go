package diagram

import (
	"fmt"
	"regexp"
	"strings"
)

// What a note shows at the most.
const (
	mostChanges = 8
	mostRunes   = 60
	mostReason  = 400
)

// Mermaid returns the diagram in the language Mermaid, which GitHub and others draw within
// Markdown. It has no slanted arrows, so a message stands where it arrives.
func (d *Diagram) Mermaid() string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	for i, lane := range d.Lanes {
		fmt.Fprintf(&b, "    participant n%d as %s\n", i, escape(lane))
	}
	if left := d.Left(); left != "" {
		lines := wrap(left, mostRunes*min(len(d.Lanes), 2))
		for n := range lines {
			lines[n] = escape(lines[n])
		}
		fmt.Fprintf(&b, "    Note over %s: %s\n", d.allLanes(), strings.Join(lines, "<br/>"))
	}
	for i := range d.Steps {
		d.mermaidStep(&b, i)
	}
	if again := d.Repeats(); again != "" {
		fmt.Fprintf(&b, "    Note over %s: %s\n", d.allLanes(), escape(again))
	}
	return b.String()
}

func (d *Diagram) allLanes() string {
	if len(d.Lanes) == 1 {
		return "n0"
	}
	return fmt.Sprintf("n0,n%d", len(d.Lanes)-1)
}

func (d *Diagram) mermaidStep(b *strings.Builder, i int) {
	step := d.Steps[i]
	if step.Refused {
		b.WriteString("    rect rgba(220, 40, 40, 0.25)\n")
		defer b.WriteString("    end\n")
	}
	for _, m := range d.Messages {
		if m.To == i && m.Source >= 0 {
			mermaidArrow(b, m)
		}
	}
	mark := ""
	if step.Down >= 0 {
		mark = "✕ "
	}
	lines := []string{fmt.Sprintf("%s%d %s", mark, step.Number, shorten(step.Title(), mostRunes))}
	for n, c := range step.Changes {
		if n == mostChanges && len(step.Changes) > n+1 {
			lines = append(lines, fmt.Sprintf("and %d more", len(step.Changes)-n))
			break
		}
		lines = append(lines, shorten(c.String(), mostRunes))
	}
	if step.Refused {
		lines = append(lines, wrap(shorten(step.Reason, mostReason), mostRunes)...)
	}
	for n := range lines {
		lines[n] = escape(lines[n])
	}
	fmt.Fprintf(b, "    Note over n%d: %s\n", step.Lane, strings.Join(lines, "<br/>"))
	for _, m := range d.Messages {
		if m.From == i && m.To < 0 && m.Target >= 0 {
			mermaidArrow(b, m)
		}
	}
}

func mermaidArrow(b *strings.Builder, m Message) {
	arrow, label := "-)", m.Label
	switch {
	case m.Lost:
		arrow, label = "--x", "lost: "+label
	case m.To < 0:
		arrow, label = "--)", "under way: "+label
	}
	if m.Target < 0 {
		return
	}
	if label == "" {
		label = "message"
	}
	fmt.Fprintf(b, "    n%d%sn%d: %s\n", m.Source, arrow, m.Target, escape(shorten(label, mostRunes)))
}

var endWord = regexp.MustCompile(`(?i)\bend\b`)

// escape writes what means something to Mermaid, or to HTML, as an entity.
func escape(s string) string {
	s = strings.NewReplacer(
		"#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "&", "#amp;",
		"\n", " ", "\r", " ", "%%", "#37;#37;",
	).Replace(s)
	return endWord.ReplaceAllStringFunc(s, func(w string) string {
		return fmt.Sprintf("#%d;%s", w[0], w[1:])
	})
}

// wrap breaks a text into lines of at most this number of characters, between words
// where it can.
func wrap(s string, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for cells(word) > most {
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			n := 0
			for i, r := range word {
				if n += cells(string(r)); n > most {
					lines, word = append(lines, word[:i]), word[i:]
					break
				}
			}
		}
		switch {
		case line == "":
			line = word
		case cells(line)+1+cells(word) <= most:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
