package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// Source is the run or the counterexample to draw.
type Source struct {
	Title  string
	Events []trace.Event // what was done; an argument `node' says by whom
	// Network, if it is known, holds the messages under way: before the first
	// event, and after each. A message that is there twice is under way twice.
	Network [][]trace.Value
	// Before are the views before the first event, by node, as far as known.
	Before map[string]map[string]trace.Value
	// Setup is how many events at the beginning only set the scene: they are told in
	// one line, unless Options chooses a part.
	Setup int
	// Refused is the number of the event that is wrong, from 1; 0 if none is.
	// Reason says in a sentence why.
	Refused int
	Reason  string
	// Loop is the number of the event after which it all begins again, from 0;
	// -1 if it does not.
	Loop int
}

// Options say which part is drawn.
type Options struct {
	// First and Last are the numbers of the steps to draw, from 1; 0 leaves it
	// to New: the refused step with what leads to it, or else the beginning.
	First, Last int
	// Most is how many steps New chooses at the most; 0 stands for 40.
	Most int
}

const defaultMost = 40

// Diagram is a diagram ready to be drawn.
type Diagram struct {
	Title    string
	Lanes    []string
	Steps    []Step
	Messages []Message
	Setup    []string // what is done in the steps that only set the scene, if these are not drawn
	Total    int      // steps in the source, of which those in Steps are drawn
	Loop     int      // as in Source
}

// Step is one step of one node.
type Step struct {
	Number  int // in the source, from 1
	Lane    int
	Name    string
	Args    string   // except the node and what arrows show
	Changes []Change // of the node's view
	Down    int      // the lane of the node that is down from here on; -1 if none is
	Refused bool
	Reason  string // of a refused step
	// Link is where the step's box leads in an SVG, and NameLink where its name does; ""
	// for nowhere. New sets none.
	Link, NameLink string
}

// Change is a part of a view that has another value than before.
type Change struct {
	Field string // with dots: last.index
	Value string // "" if the part is gone
}

// Message is an arrow.
type Message struct {
	Label  string
	From   int // the index of the step that sends it, in Steps; -1 if that is not drawn
	To     int // of the step that receives it, or loses it; -1 if none does
	Source int // the lane that it comes from
	Target int // the lane that it goes to, -1 if that is unknown
	Lost   bool
	// Guessed says that nothing tells when it was sent; drawn is the last step
	// of its sender before.
	Guessed bool
}

// New makes a diagram of the part that the options choose.
func New(source Source, o Options) (*Diagram, error) {
	total := len(source.Events)
	if total == 0 {
		return nil, fmt.Errorf("there is no step to draw")
	}
	first, last, err := o.part(total, source.Refused)
	if err != nil {
		return nil, err
	}
	d := &Diagram{Title: source.Title, Total: total, Loop: source.Loop}
	folded := o.First == 0 && o.Last == 0 && first <= source.Setup && source.Setup < last
	if folded {
		first = source.Setup + 1
	}
	s := newSorter(source)
	all := s.messages()
	d.Lanes = s.lanesOf(all, first, last)
	lane := func(node string) int { return slices.Index(d.Lanes, node) }
	shown := s.shownArgs()
	views := map[string]map[string]trace.Value{}
	for node, view := range source.Before {
		views[node] = view
	}
	for i, e := range source.Events[:last] {
		node := nodeOf(e)
		if i+1 >= first {
			step := Step{
				Number: i + 1, Lane: lane(node), Name: e.Step, Args: argsText(e.Args, shown[i]),
				Changes: append(changes(views[node], e.State), noted(e)...), Down: -1, Refused: i+1 == source.Refused,
			}
			if isCrash(e.Step) {
				step.Down = lane(s.victim(e))
			}
			if step.Refused {
				step.Reason = source.Reason
			}
			d.Steps = append(d.Steps, step)
		} else if folded {
			d.Setup = append(d.Setup, e.Step+s.by(node))
		}
		if e.State != nil {
			views[node] = e.State
		}
	}
	for _, m := range all {
		m.draw(d, first, last, lane)
	}
	return d, nil
}

// by names the node, if there are several.
func (s *sorter) by(node string) string {
	if len(s.nodes) == 1 {
		return ""
	}
	return " by " + node
}

// part chooses the steps to draw.
func (o Options) part(total, refused int) (first, last int, err error) {
	most := o.Most
	if most <= 0 {
		most = defaultMost
	}
	first, last = o.First, o.Last
	switch {
	case first < 0 || last < 0 || first > total || last != 0 && last < max(first, 1):
		return 0, 0, fmt.Errorf("there are no steps %d to %d: the trace has %d", first, last, total)
	case first == 0 && last == 0:
		last = min(total, most)
		if refused > 0 {
			last = refused
		}
		first = max(1, last-most+1)
	case first == 0:
		first = max(1, last-most+1)
	case last == 0:
		last = first + most - 1
	}
	return first, min(last, total), nil
}

// Left says in words which part of the source is not drawn; "" if all of it is.
func (d *Diagram) Left() string {
	first, last := d.Steps[0].Number, d.Steps[len(d.Steps)-1].Number
	if len(d.Setup) > 0 {
		return fmt.Sprintf("1 to %d, which the rule allows: %s", first-1, strings.Join(d.Setup, ", "))
	}
	if first == 1 && last == d.Total {
		return ""
	}
	return fmt.Sprintf("steps %d to %d of %d", first, last, d.Total)
}

// Repeats says in words how an endless behaviour goes on; "" if the diagram is of a finite one.
func (d *Diagram) Repeats() string {
	switch {
	case d.Loop < 0 || d.Steps[len(d.Steps)-1].Number < d.Total:
		return ""
	case d.Loop >= d.Total:
		return "and so it stays for ever"
	}
	return fmt.Sprintf("and again from step %d, for ever", d.Loop+1)
}

// noted shows the note of an event beside what it changed.
func noted(e trace.Event) []Change {
	if e.Note == nil {
		return nil
	}
	return []Change{{Field: "note", Value: string(e.Note)}}
}

func isCrash(step string) bool {
	return strings.HasPrefix(step, "Crash") || strings.HasPrefix(step, "Kill")
}

func isLoss(step string) bool {
	return strings.HasPrefix(step, "Lose") || strings.HasPrefix(step, "Drop") || strings.HasPrefix(step, "Lost")
}

// victim is the node that a crash ends: another that it names, or its own.
func (s *sorter) victim(e trace.Event) string {
	node := nodeOf(e)
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		if other := plain(e.Args[name]); name != "node" && s.nodes[other] && other != node {
			return other
		}
	}
	return node
}

// nodeOf is the node that takes the step. A step that names no node is the
// environment's.
func nodeOf(e trace.Event) string {
	if node, ok := e.Args["node"]; ok {
		return plain(node)
	}
	return "spec"
}
