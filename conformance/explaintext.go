package conformance

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/trace"
)

// longest is how many characters of a value are shown in a text.
const longest = 160

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	r := []rune(s)
	return string(r[:longest*2/3]) + " ... " + string(r[len(r)-longest/4:])
}

func (d FieldDifference) String() string {
	switch {
	case d.Logged == "":
		return fmt.Sprintf("%s is missing, the spec has %s", d.Field, short(d.Expected))
	case d.Expected == "":
		return fmt.Sprintf("%s = %s is not in the spec's view", d.Field, short(d.Logged))
	}
	return fmt.Sprintf("%s = %s, the spec has %s", d.Field, short(d.Logged), short(d.Expected))
}

// String is the step as one would write it.
func (p PossibleStep) String() string { return stepText(p.Step, p.Args) }

func stepText(step string, args map[string]trace.Value) string {
	var all []string
	for _, name := range sortedKeys(args) {
		all = append(all, name+" = "+short(text(args[name])))
	}
	return step + "(" + strings.Join(all, ", ") + ")"
}

// String is the explanation as text for people, several lines long.
func (x *Explanation) String() string {
	var b strings.Builder
	if x.Event == nil {
		fmt.Fprintf(&b, "%s\n", x.Summary)
		return b.String()
	}
	place := (&trace.Trace{Name: x.Trace}).Place(x.Event)
	fmt.Fprintf(&b, "%s: refused at step %d (%s); the %d before it are accepted\n", place, x.Step, x.Reason, x.Accepted)
	fmt.Fprintf(&b, "\n  %s\n  %s\n", stepText(x.Event.Step, x.Event.Args), x.Summary)
	if len(x.Action) > 0 {
		b.WriteString("\nPart by part\n")
		writeFindings(&b, x.Action, "  ")
	}
	if len(x.Fields) > 0 {
		b.WriteString("\nThe view\n")
		for _, f := range x.Fields {
			fmt.Fprintf(&b, "  %-10s expected %s\n  %-10s logged   %s\n", f.Field, orNone(f.Expected), "", orNone(f.Logged))
		}
	}
	if len(x.State) > 0 {
		if x.Reason == Invariant {
			b.WriteString("\nThe spec's state after it\n")
		} else {
			b.WriteString("\nThe spec's state before it\n")
		}
		width := 0
		for _, v := range x.State {
			width = max(width, len(v.Name))
		}
		for _, v := range x.State {
			fmt.Fprintf(&b, "  %-*s = %s\n", width, v.Name, short(v.Value))
		}
	}
	x.writePossible(&b)
	for i, n := range x.Notes {
		if i == 0 {
			b.WriteString("\nNotes\n")
		}
		fmt.Fprintf(&b, "  %s\n", n)
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "no such field"
	}
	return short(s)
}

// manyWays is how many ways of one step are written out.
const manyWays = 4

func (x *Explanation) writePossible(b *strings.Builder) {
	if len(x.Possible) == 0 {
		return
	}
	b.WriteString("\nThe spec allows here\n")
	written := map[string]int{}
	for _, p := range x.Possible {
		switch written[p.Step]++; {
		case written[p.Step] <= manyWays:
			fmt.Fprintf(b, "  %s\n", p)
		case written[p.Step] == manyWays+1:
			fmt.Fprintf(b, "  %s with other arguments\n", p.Step)
		}
	}
}

// writeFindings writes each finding with its verdict in front, and what it rests
// on below it.
func writeFindings(b *strings.Builder, findings []*Finding, indent string) {
	for _, f := range findings {
		switch {
		case f.Next:
			continue
		case f.bound:
			if f.looked {
				fmt.Fprintf(b, "%sfor %s = %s\n", indent, f.Text, short(f.Value))
				writeFindings(b, f.Parts, indent+"  ")
			}
			continue
		case f.Error != "":
			fmt.Fprintf(b, "%s?      %s  (%s)\n%s       %s\n", indent, f.Text, f.Place, indent, f.Error)
			continue
		case f.Value == "":
			fmt.Fprintf(b, "%s%s  (%s)\n", indent, short(f.Text), f.Place)
		case f.Value == "TRUE" || f.Value == "FALSE":
			mark := map[string]string{"TRUE": "true ", "FALSE": "FALSE"}[f.Value]
			fmt.Fprintf(b, "%s%s  %s  (%s)\n", indent, mark, short(f.Text), f.Place)
		default:
			continue // an operand: it stands behind what compares it
		}
		if operands := f.operands(); operands != "" && len(deciders(f.Parts)) == 0 {
			fmt.Fprintf(b, "%s       %s\n", indent, operands)
			continue
		}
		deeper := indent + "  "
		if f.Value != "" {
			deeper = indent + "       "
		}
		writeFindings(b, f.Parts, deeper)
	}
}
