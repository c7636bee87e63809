package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

func (h Hint) String() string {
	if len(h.Rules) > 0 {
		h.Repair += " (which goes by " + strings.Join(h.Rules, ", ") + ")"
	}
	switch {
	case h.Passes:
		return h.Repair + ", and the whole trace is accepted"
	case h.Allowed:
		return h.Repair + ", and the step is allowed, though not with the logged view"
	case h.More == 0:
		return h.Repair + ", and the step is accepted"
	case h.More == 1:
		return h.Repair + ", and the step behind it is accepted too"
	}
	return fmt.Sprintf("%s, and %d more steps are accepted", h.Repair, h.More)
}

// String returns the assignment in one line.
func (a Assignment) String() string {
	return fmt.Sprintf("%s  (%s, %s)", tla.Short(a.Text), a.In, a.Place)
}

func (d FieldDifference) String() string {
	switch {
	case d.Inside != nil:
		return fmt.Sprintf("%s.%s: expected %s, logged %s", d.Field, d.Inside.Field, tla.Short(OrNone(d.Inside.Expected)), tla.Short(OrNone(d.Inside.Logged)))
	case d.Logged == "":
		return fmt.Sprintf("%s is missing, the spec has %s", d.Field, tla.Short(d.Expected))
	case d.Expected == "":
		return fmt.Sprintf("%s = %s is not in the spec's view", d.Field, tla.Short(d.Logged))
	}
	return fmt.Sprintf("%s = %s, the spec has %s", d.Field, tla.Short(d.Logged), tla.Short(d.Expected))
}

// String returns the step in the notation of a call.
func (p PossibleStep) String() string { return stepText(p.Step, p.Args) }

func stepText(step string, args map[string]trace.Value) string {
	var all []string
	for _, name := range tla.SortedKeys(args) {
		all = append(all, name+" = "+tla.Short(tla.Text(args[name])))
	}
	return step + "(" + strings.Join(all, ", ") + ")"
}

// String returns the explanation as a text of several lines.
func (x *Explanation) String() string {
	var b strings.Builder
	if x.Event == nil {
		fmt.Fprintf(&b, "%s\n", x.Summary)
		return b.String()
	}
	if x.Explored != "" {
		fmt.Fprintf(&b, "after %d steps code and spec part (%s)\n", x.Accepted, x.Reason)
	} else {
		place := (&trace.Trace{Name: x.Trace}).Place(x.Event)
		fmt.Fprintf(&b, "%s: refused at step %d (%s); the %d before it are accepted\n", place, x.Step, x.Reason, x.Accepted)
	}
	fmt.Fprintf(&b, "\n  %s%s\n  %s\n", stepText(x.Event.Step, x.Event.Args), NoteText(x.Event), x.Summary)
	if len(x.Action) > 0 {
		b.WriteString("\nPart by part\n")
		writeFindings(&b, x.Action, "  ")
	}
	x.writeNearest(&b)
	if len(x.Fields) > 0 {
		b.WriteString("\nThe view\n")
		for i, f := range x.Fields {
			fmt.Fprintf(&b, "  %-10s expected %s\n  %-10s logged   %s\n", f.Field, OrNone(f.Expected), "", OrNone(f.Logged))
			// Fields with the same origin are followed by one list of assignments.
			if i+1 == len(x.Fields) || !sameText(f.From, x.Fields[i+1].From) {
				x.writeAssignments(&b, f.From, "             ")
			}
		}
	}
	x.writeOrigins(&b)
	if len(x.State) > 0 {
		if x.Reason == Invariant {
			b.WriteString("\nThe spec's state after it\n")
		} else {
			b.WriteString("\nThe spec's state before it\n")
		}
		width := 0
		for _, v := range append(slices.Clone(x.Node), x.State...) {
			width = max(width, len(v.Name))
		}
		for _, v := range append(slices.Clone(x.Node), x.State...) {
			fmt.Fprintf(&b, "  %-*s = %s\n", width, v.Name, tla.Short(v.Value))
		}
	}
	x.writePossible(&b)
	x.writeHints(&b)
	x.writeShortest(&b)
	x.writeNotes(&b)
	return b.String()
}

func (x *Explanation) writeHints(b *strings.Builder) {
	for i, h := range x.Hints {
		if i == 0 {
			b.WriteString("\nHints, which are guesses: the refused line\n")
		}
		fmt.Fprintf(b, "  %s\n", h)
	}
}

// writeShortest writes the lines of the shortest trace.
func (x *Explanation) writeShortest(b *strings.Builder) {
	if x.Shortest == nil {
		return
	}
	lines := x.Shortest.Events
	fmt.Fprintf(b, "\nRefused for the same reason, with %d of the %d lines\n", len(lines), x.Step)
	for i := range lines {
		if n := len(lines); n > manyLines && i == manyLines/2 {
			fmt.Fprintf(b, "  ... %d more\n", n-manyLines)
		}
		if n := len(lines); n > manyLines && i >= manyLines/2 && i < n-manyLines/2 {
			continue
		}
		place := fmt.Sprintf("line %d", lines[i].Line)
		if lines[i].File != "" {
			place = x.Shortest.Place(&lines[i])
		}
		fmt.Fprintf(b, "  %-9s %s%s\n", place, stepText(lines[i].Step, lines[i].Args), NoteText(&lines[i]))
	}
}

// manyLines is the number of lines of a shortest trace that are written.
const manyLines = 40

func (x *Explanation) writeNotes(b *strings.Builder) {
	for i, n := range x.Notes {
		if i == 0 {
			b.WriteString("\nNotes\n")
		}
		fmt.Fprintf(b, "  %s\n", n)
	}
}

// writeAssignments writes the places where the spec assigns a value, and the
// rules that they use.
func (x *Explanation) writeAssignments(b *strings.Builder, from []Assignment, indent string) {
	direct := slices.ContainsFunc(from, func(a Assignment) bool { return x.RulesIn(a.Uses) != "" })
	for _, a := range from {
		fmt.Fprintf(b, "%s%s\n", indent, a)
		if by := x.RulesIn(a.Uses); by != "" {
			fmt.Fprintf(b, "%s    by %s\n", indent, by)
		} else if beside := x.RulesIn(a.Beside); beside != "" && !direct {
			fmt.Fprintf(b, "%s    beside %s\n", indent, beside)
		}
	}
}

func sameText(a, b []Assignment) bool {
	return slices.EqualFunc(a, b, func(x, y Assignment) bool { return x.Text == y.Text && x.Place == y.Place })
}

// RulesIn lists the rules among definitions, or all definitions if the spec has
// no rules.
func (x *Explanation) RulesIn(definitions []string) string {
	if len(x.Breakable) > 0 {
		definitions = slices.DeleteFunc(slices.Clone(definitions), func(name string) bool { return !slices.Contains(x.Breakable, name) })
	}
	return strings.Join(definitions, ", ")
}

func (x *Explanation) writeOrigins(b *strings.Builder) {
	for i, o := range x.Origins {
		if i == 0 {
			b.WriteString("\nWhere the values come from\n")
		}
		if o.Event == nil {
			fmt.Fprintf(b, "  %-10s as in the beginning\n", o.Variable)
		} else {
			fmt.Fprintf(b, "  %-10s since %s\n", o.Variable, x.stepOf(&o))
			x.writeAssignments(b, o.From, "             ")
		}
		if o.Kept != nil {
			fmt.Fprintf(b, "             and the same after %s\n", x.stepOf(o.Kept))
			x.writeAssignments(b, o.Kept.From, "             ")
		}
	}
}

// String says in one line in what the two differ.
func (n Nearest) String() string {
	var all []string
	for _, d := range n.Differ {
		all = append(all, d.String())
	}
	in := ""
	if n.Set != "" {
		in = " in " + tla.Short(n.Set)
	}
	return "the nearest" + in + " differs: " + strings.Join(all, "; ")
}

// writeNearest writes the members of sets that are most like what is not in them.
func (x *Explanation) writeNearest(b *strings.Builder) {
	for i, n := range x.Nearest {
		if i == 0 {
			b.WriteString("\nThe nearest that there is\n")
		}
		fmt.Fprintf(b, "  %s\n", tla.Short(tla.Text(n.Member)))
		for _, d := range n.Differ {
			fmt.Fprintf(b, "      %s\n", d)
		}
		if n.Event != nil {
			fmt.Fprintf(b, "      which came with %s\n", x.stepOf(&Origin{Step: n.Step, Event: n.Event}))
		}
	}
}

// stepOf names the step whose action assigns a value.
func (x *Explanation) stepOf(o *Origin) string {
	at := fmt.Sprintf("step %d (line %d)", o.Step, o.Event.Line)
	if x.Explored != "" || o.Event.Line == 0 {
		at = fmt.Sprintf("step %d", o.Step)
	}
	return at + ", " + stepText(o.Event.Step, o.Event.Args) + NoteText(o.Event)
}

// NoteText is what stands behind a step that has a note.
func NoteText(e *trace.Event) string {
	if e == nil || e.Note == nil {
		return ""
	}
	return "  " + tla.Short(string(e.Note))
}

func OrNone(s string) string {
	if s == "" {
		return "no such field"
	}
	return tla.Short(s)
}

// manyWays is the number of arguments of one possible step that are written.
const manyWays = 4

func (x *Explanation) writePossible(b *strings.Builder) {
	if len(x.Possible)+len(x.Unnamed) == 0 {
		return
	}
	b.WriteString("\nThe spec allows here\n")
	for _, name := range x.Unnamed {
		fmt.Fprintf(b, "  %s, for which there is no Step\n", name)
	}
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

// writeFindings writes each finding with its value in front, and its parts
// below it.
func writeFindings(b *strings.Builder, findings []*Finding, indent string) {
	for _, f := range findings {
		switch {
		case f.Next:
			continue
		case f.Bound:
			if f.Looked {
				fmt.Fprintf(b, "%sfor %s = %s\n", indent, f.Text, tla.Short(f.Value))
				writeFindings(b, f.Parts, indent+"  ")
			}
			continue
		case f.Error != "":
			fmt.Fprintf(b, "%s?      %s  (%s)\n%s       %s\n", indent, f.Text, f.Place, indent, f.Error)
			continue
		case f.Value == "":
			fmt.Fprintf(b, "%s%s  (%s)\n", indent, tla.Short(f.Text), f.Place)
		case f.Value == "TRUE" || f.Value == "FALSE":
			mark := map[string]string{"TRUE": "true ", "FALSE": "FALSE"}[f.Value]
			fmt.Fprintf(b, "%s%s  %s  (%s)\n", indent, mark, tla.Short(f.Text), f.Place)
		default:
			continue // an operand, which is written with its comparison
		}
		if operands := f.Operands(); f.Value != "" && operands != "" && len(Deciders(f.Parts, false)) == 0 {
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
