package diagram

import (
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

var (
	senders   = []string{"from", "source", "src", "sender"}
	receivers = []string{"to", "dest", "dst", "destination", "receiver"}
	kinds     = []string{"type", "kind", "mtype"}
)

// message is one message on its way, as far as it is known.
type message struct {
	key      string // its text, by which it is found again
	label    string
	from, to string // nodes; "" if it does not say
	sent     int    // the index of the event that sends it; -1 if unknown
	end      int    // of the event that receives or loses it; -1 if none does
	guessed  bool
	lost     bool
	at       string // the node that receives it
}

// sorter finds the messages in a source.
type sorter struct {
	Source
	nodes map[string]bool
	under map[string]bool // the keys of all that is ever under way, by Network
	all   []*message
	byKey map[string][]*message
}

func newSorter(s Source) *sorter {
	nodes := map[string]bool{}
	for _, e := range s.Events {
		nodes[nodeOf(e)] = true
	}
	under := map[string]bool{}
	for _, messages := range s.Network {
		for _, m := range messages {
			under[known(m).key] = true
		}
	}
	return &sorter{Source: s, nodes: nodes, under: under, byKey: map[string][]*message{}}
}

func (s *sorter) add(m *message) {
	s.all = append(s.all, m)
	s.byKey[m.key] = append(s.byKey[m.key], m)
}

// part is the first of the fields with one of these names, if it is a name.
func part(fields map[string]trace.Value, names []string) string {
	for _, name := range names {
		switch v := fields[name].(type) {
		case string, tlc.Model, int:
			return plain(v)
		}
	}
	return ""
}

// said is a message that an event speaks of.
type said struct {
	args []string // the arguments that say it
	key  string
	message
}

// read makes a message of a record.
func read(fields map[string]trace.Value) message {
	m := message{key: text(fields), from: part(fields, senders), to: part(fields, receivers), sent: -1, end: -1}
	m.label = label(fields)
	return m
}

// known makes a message of what is under way. That may be an envelope: a record of the
// two ends and of the message itself, which names neither.
func known(v trace.Value) message {
	fields, ok := v.(map[string]trace.Value)
	if !ok {
		return message{key: text(v), label: plain(v), sent: -1, end: -1}
	}
	m := read(fields)
	for _, inside := range fields {
		if inner, ok := inside.(map[string]trace.Value); ok && len(fields) == 3 && m.from != "" && m.to != "" {
			m.key, m.label = text(inner), label(inner)
		}
	}
	return m
}

func label(fields map[string]trace.Value) string {
	name := part(fields, kinds)
	var rest []string
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(senders, field) && !slices.Contains(receivers, field) && !slices.Contains(kinds, field) {
			rest = append(rest, field+" = "+text(fields[field]))
		}
	}
	switch {
	case len(rest) == 0:
		return name
	case name == "":
		return strings.Join(rest, ", ")
	}
	return name + "(" + strings.Join(rest, ", ") + ")"
}

// of lists the messages that an event speaks of: those that are records, or stand
// for a record of their own name, and else the one that its own arguments make.
func (s *sorter) of(i int) []said {
	var list []said
	e := s.Events[i]
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		values, ok := e.Args[name].([]trace.Value)
		if !ok {
			values = []trace.Value{e.Args[name]}
		}
		for _, v := range values {
			fields, ok := v.(map[string]trace.Value)
			if !ok {
				fields = map[string]trace.Value{name: v}
			}
			if m := read(fields); ok && (m.from != "" || m.to != "") || s.under[m.key] {
				list = append(list, said{args: []string{name}, key: m.key, message: m})
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	return s.ofArguments(i)
}

func (s *sorter) ofArguments(i int) []said {
	e := s.Events[i]
	node := nodeOf(e)
	var args []string
	ends := [2]string{}
	for i, names := range [][]string{senders, receivers} {
		for _, name := range names {
			if v, ok := e.Args[name]; ok && ends[i] == "" && s.nodes[plain(v)] && plain(v) != node {
				ends[i], args = plain(v), append(args, name)
			}
		}
	}
	if (ends[0] == "") == (ends[1] == "") {
		return nil // neither, or a step of a third node about two nodes
	}
	m := message{from: ends[0], to: ends[1], sent: -1, end: -1}
	if m.from == "" {
		m.from = node
	} else {
		m.to = node
	}
	if found := s.withArguments(i, m.from, m.to, args); found != nil {
		return []said{{key: found.key, message: *found, args: args}}
	}
	m.label = argsText(e.Args, args)
	m.key = m.from + ">" + m.to + ":" + m.label
	return []said{{key: m.key, message: m, args: args}}
}

// withArguments is the one message under way before an event, between two nodes, that has all
// other arguments of the event as fields: it may say more than these, such as its type.
func (s *sorter) withArguments(i int, from, to string, ends []string) *message {
	if i >= len(s.Network) {
		return nil
	}
	var found *message
	for _, v := range s.Network[i] {
		m := known(v)
		fields, _ := v.(map[string]trace.Value)
		if m.from != from || m.to != to {
			continue
		}
		all := true
		for name, value := range s.Events[i].Args {
			if name == "node" || slices.Contains(ends, name) {
				continue
			}
			field, ok := fields[name]
			all = all && ok && text(field) == text(value)
		}
		if all && found != nil {
			return nil // the arguments do not tell them apart
		}
		if all {
			found = &m
		}
	}
	return found
}

// messages follows all messages from their beginning to their end.
func (s *sorter) messages() []*message {
	for i, e := range s.Events {
		s.sendKnown(i)
		node := nodeOf(e)
		spoken := s.of(i)
		switch {
		case len(spoken) > 0:
		case len(e.Heard) > 0:
			s.hear(i, node)
		default:
			s.endKnown(i, node)
		}
		for _, m := range spoken {
			switch {
			case isLoss(e.Step):
				s.receive(i, m, node, true)
			case m.from == node && m.to != node:
				if s.Network == nil {
					s.send(i, m.message)
				}
			case m.to == node || m.to == "" || m.from == "":
				s.receive(i, m, node, false)
			default: // the step of a third node has the message as argument
				s.receive(i, m, node, true)
			}
		}
	}
	return s.all
}

// sendKnown notes what is under way after an event and was not before. What comes back to its
// receiver's own event was not sent: a crash took what it had received.
func (s *sorter) sendKnown(i int) {
	if i+1 >= len(s.Network) {
		return
	}
	node := nodeOf(s.Events[i])
	for _, m := range without(s.Network[i+1], s.Network[i]) {
		if m.to != node || m.from == node {
			m.from = node
			s.send(i, m)
		}
	}
}

// endKnown ends what was under way before an event and is not after, where the arguments do not
// speak of a message. A step of its receiver has received it, and any other has lost it.
func (s *sorter) endKnown(i int, node string) {
	if i+1 >= len(s.Network) {
		return
	}
	for _, m := range without(s.Network[i], s.Network[i+1]) {
		lost := m.to != node || isCrash(s.Events[i].Step)
		s.receive(i, said{key: m.key, message: m}, m.to, lost)
	}
}

// without lists those messages that are not among others; one that is there twice counts twice.
func without(all, others []trace.Value) (rest []message) {
	count := map[string]int{}
	for _, v := range others {
		count[text(v)]++
	}
	for _, v := range all {
		key := text(v)
		if count[key]--; count[key] < 0 {
			rest = append(rest, known(v))
		}
	}
	return rest
}

func (s *sorter) send(i int, m message) {
	m.sent = i
	s.add(&m)
}

// receive ends a message that is under way. Of several equal ones it ends the newest, because
// older ones may be left on a connection that was given up. A message that was received before
// may be received again: then it has another arrow from the same place. If it is lost after
// that, it has none.
func (s *sorter) receive(i int, m said, node string, lost bool) {
	var same *message
	for _, one := range slices.Backward(s.byKey[m.key]) {
		if one.sent >= i || !lost && one.to != "" && one.to != node {
			continue
		}
		if same == nil || one.end < 0 {
			same = one
		}
		if one.end < 0 {
			break
		}
	}
	switch {
	case same == nil:
		if m.from == "" {
			return
		}
		again := m.message
		if again.sent = s.heardFrom(i, m.from); again.sent < 0 {
			again.sent, again.guessed = s.lastOf(m.from, i), true
		}
		same = &again
		s.add(same)
	case same.end >= 0 && lost:
		return
	case same.end >= 0:
		again := *same
		same = &again
		s.add(same)
	}
	same.end, same.lost, same.at = i, lost, node
}

// hear draws an arrow for each message whose stamp came with it, where the
// arguments do not speak of one.
func (s *sorter) hear(i int, node string) {
	for _, m := range s.Events[i].Heard {
		if sent := s.stamped(i, m); sent >= 0 && nodeOf(s.Events[sent]) != node {
			s.add(&message{key: m.String(), from: nodeOf(s.Events[sent]), to: node, sent: sent, end: i, at: node})
		}
	}
}

// heardFrom is the event of a node whose stamp came with a message that another
// event follows from; -1 if there is none.
func (s *sorter) heardFrom(i int, node string) int {
	for _, m := range s.Events[i].Heard {
		if sent := s.stamped(i, m); sent >= 0 && nodeOf(s.Events[sent]) == node {
			return sent
		}
	}
	return -1
}

// stamped is the event before i that has a stamp; -1 if there is none. Stamps of
// several processes may be alike: mostly the process has its node's name, and
// else it is one that another process recorded.
func (s *sorter) stamped(i int, m trace.Stamp) int {
	found := -1
	for j := i - 1; j >= 0; j-- {
		e := s.Events[j]
		switch {
		case e.Stamp != m.Time:
		case nodeOf(e) == m.Process:
			return j
		case e.File != s.Events[i].File:
			found = j
		}
	}
	return found
}

// lastOf is the last event of a node before another event.
func (s *sorter) lastOf(node string, before int) int {
	for i := before - 1; i >= 0; i-- {
		if nodeOf(s.Events[i]) == node {
			return i
		}
	}
	return -1
}

// shownArgs lists, by event, the arguments that an arrow shows.
func (s *sorter) shownArgs() map[int][]string {
	shown := map[int][]string{}
	for i := range s.Events {
		for _, m := range s.of(i) {
			if slices.ContainsFunc(s.byKey[m.key], func(one *message) bool { return one.sent == i || one.end == i }) {
				shown[i] = append(shown[i], m.args...)
			}
		}
	}
	return shown
}

// lanesOf lists the nodes that take part between two steps, sorted.
func (s *sorter) lanesOf(all []*message, first, last int) []string {
	lanes := map[string]bool{}
	for _, e := range s.Events[first-1 : last] {
		lanes[nodeOf(e)] = true
	}
	for _, m := range all {
		inside := func(i int) bool { return i >= first-1 && i < last }
		if inside(m.sent) || inside(m.end) {
			for _, node := range []string{m.from, m.to} {
				if node != "" {
					lanes[node] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(lanes), naturally)
}

// naturally puts n2 before n10.
func naturally(a, b string) int {
	if len(a) != len(b) && strings.TrimRight(a, "0123456789") == strings.TrimRight(b, "0123456789") {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// draw adds the message to a diagram of some of the steps.
func (m *message) draw(d *Diagram, first, last int, lane func(string) int) {
	inside := func(i int) int {
		if i < first-1 || i >= last {
			return -1
		}
		return i - (first - 1)
	}
	out := Message{
		Label: m.label, From: inside(m.sent), To: inside(m.end),
		Source: lane(m.from), Target: lane(m.to), Lost: m.lost, Guessed: m.guessed,
	}
	if out.To >= 0 && !m.lost {
		out.Target = d.Steps[out.To].Lane
	}
	if out.From < 0 && out.To < 0 || out.Source < 0 && out.From < 0 {
		return
	}
	if out.From >= 0 {
		out.Source = d.Steps[out.From].Lane
	}
	if out.Target == out.Source && out.To >= 0 {
		return // a message to oneself is no arrow
	}
	d.Messages = append(d.Messages, out)
}
