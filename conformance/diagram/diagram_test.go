package diagram

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

type record = map[string]trace.Value

func event(step string, args, state record) trace.Event {
	return trace.Event{Step: step, Args: args, State: state}
}

func msg(kind, from, to string) record { return record{"type": kind, "from": from, "to": to} }

// commit is a run of two participants and a coordinator. One message is lost,
// one is received twice, and p2 crashes.
func commit() Source {
	return Source{
		Title: "two-phase commit",
		Loop:  -1,
		Events: []trace.Event{
			event("Prepare", record{"node": "p1", "message": msg("Prepared", "p1", "tc")}, record{"status": "prepared"}),
			event("Prepare", record{"node": "p2", "message": msg("Prepared", "p2", "tc")}, record{"status": "prepared"}),
			event("ReceivePrepared", record{"node": "tc", "message": msg("Prepared", "p1", "tc")}, record{"decision": "none", "prepared": record{"p1": true}}),
			event("Lose", record{"node": "network", "message": msg("Prepared", "p2", "tc")}, record{"lost": 1}),
			event("Crash", record{"node": "p2"}, record{"status": "down"}),
			event("ReceivePrepared", record{"node": "tc", "message": msg("Prepared", "p1", "tc")}, record{"decision": "none", "prepared": record{"p1": true}}),
			event("Restart", record{"node": "p2"}, record{"status": "working"}),
			event("Commit", record{"node": "tc", "message": msg("Commit", "tc", "p1")}, record{"decision": "commit", "prepared": record{"p1": true, "p2": true}}),
		},
		Refused: 8,
		Reason:  "rejected at step 8, Commit (guard): the spec does not allow this step here with these arguments",
	}
}

func draw(t *testing.T, s Source, o Options) *Diagram {
	t.Helper()
	d, err := New(s, o)
	require.NoError(t, err)
	return d
}

// TestMessagesGoFromSenderToReceiver holds what becomes of each message: it is
// received, received again, or lost.
func TestMessagesGoFromSenderToReceiver(t *testing.T) {
	d := draw(t, commit(), Options{})
	require.Equal(t, []string{"network", "p1", "p2", "tc"}, d.Lanes)
	require.Equal(t, []Message{
		{Label: "Prepared", From: 0, To: 2, Source: 1, Target: 3},
		{Label: "Prepared", From: 1, To: 3, Source: 2, Target: 3, Lost: true},
		{Label: "Commit", From: 7, To: -1, Source: 3, Target: 1},
		{Label: "Prepared", From: 0, To: 5, Source: 1, Target: 3},
	}, sorted(d.Messages))
	require.Equal(t, 2, d.Steps[4].Down)
	require.Equal(t, -1, d.Steps[3].Down)
	require.Empty(t, d.Steps[2].Args, "the arrow shows it")
}

// sorted puts those that go on from an older arrow behind it.
func sorted(list []Message) []Message {
	var first, again []Message
	for _, m := range list {
		if m.To == 5 {
			again = append(again, m)
		} else {
			first = append(first, m)
		}
	}
	return append(first, again...)
}

// TestOnlyWhatChangedIsNoted compares views part by part.
func TestOnlyWhatChangedIsNoted(t *testing.T) {
	d := draw(t, commit(), Options{})
	require.Equal(t, []Change{{"decision", `"none"`}, {"prepared", "[p1 |-> TRUE]"}}, d.Steps[2].Changes)
	require.Empty(t, d.Steps[5].Changes)
	require.Equal(t, []Change{{"decision", `"commit"`}, {"prepared.p2", "TRUE"}}, d.Steps[7].Changes)
	require.Equal(t, []Change{{"a.x", ""}, {"b", ""}, {"c", "2"}},
		changes(record{"a": record{"x": 1, "y": 1}, "b": 1, "c": 1}, record{"a": record{"y": 1}, "c": 2}))
}

// TestNetworkSaysWhoSends shows messages whose steps do not name them.
func TestNetworkSaysWhoSends(t *testing.T) {
	m := record{"type": "Ping", "n": 1}
	s := Source{
		Loop: -1,
		Events: []trace.Event{
			event("Ping", record{"node": "a"}, record{"n": 1}),
			event("Work", record{"node": "a"}, record{"n": 2}),
			event("Pong", record{"node": "b", "m": m}, record{"n": 1}),
		},
		Network: [][]trace.Value{nil, {m}, {m}, {}},
	}
	require.Equal(t, []Message{{Label: "Ping(n = 1)", From: 0, To: 2, Source: 0, Target: 1}}, draw(t, s, Options{}).Messages)
	s.Network = nil
	require.Empty(t, draw(t, s, Options{}).Messages)
}

// TestANumberIsAMessage has a message that is a number, beside an argument with the same
// number that is none.
func TestANumberIsAMessage(t *testing.T) {
	s := Source{
		Loop: -1,
		Events: []trace.Event{
			event("Send", record{"node": "a"}, record{"n": 1}),
			event("Count", record{"node": "b", "upTo": 7}, record{"n": 1}),
			event("Receive", record{"node": "b", "stamp": 7}, record{"n": 2}),
		},
		Network: [][]trace.Value{nil, {record{"stamp": 7}}, {record{"stamp": 7}}, {record{"stamp": 7}}},
	}
	require.Equal(t, []Message{{Label: "stamp = 7", From: 0, To: 2, Source: 0, Target: 1}}, draw(t, s, Options{}).Messages)
}

// TestALossAfterTheReceiptHasNoArrow has two messages that are alike. The first is received and
// may be so again, until it is lost; the second is lost.
func TestALossAfterTheReceiptHasNoArrow(t *testing.T) {
	m := msg("Ping", "a", "b")
	received := Message{Label: "Ping", From: 0, To: 1, Source: 0, Target: 1}
	s := Source{Loop: -1, Events: []trace.Event{
		event("Ping", record{"node": "a", "message": m}, record{}),
		event("Receive", record{"node": "b", "message": m}, record{}),
		event("Lose", record{"node": "network", "message": m}, record{}),
	}}
	require.Equal(t, []Message{received}, draw(t, s, Options{}).Messages)
	s.Events = append(s.Events[:2], s.Events[0], s.Events[2])
	require.Equal(t, []Message{received, {Label: "Ping", From: 2, To: 3, Source: 0, Target: 1, Lost: true}},
		draw(t, s, Options{}).Messages)
}

// TestNetworkNamesBothEnds has two messages that are alike, and do not name their ends.
func TestNetworkNamesBothEnds(t *testing.T) {
	ping := record{"kind": "ping"}
	forth, back := record{"from": "a", "to": "b", "frame": ping}, record{"from": "b", "to": "a", "frame": ping}
	s := Source{
		Loop: -1,
		Events: []trace.Event{
			event("Send", record{"node": "a"}, record{}),
			event("Send", record{"node": "b"}, record{}),
			event("Receive", record{"node": "a", "frame": ping}, record{}),
		},
		Network: [][]trace.Value{nil, {forth}, {forth, back}, {forth}},
	}
	require.Equal(t, []Message{
		{Label: "ping", From: 0, To: -1, Source: 0, Target: 1},
		{Label: "ping", From: 1, To: 2, Source: 1, Target: 0},
	}, draw(t, s, Options{}).Messages, "each receives what was sent to it")
}

// TestNetworkNamesWhatArgumentsSay has steps whose arguments say what was received, but not all
// of it: the message under way says its type too. Where two would do, none is chosen.
func TestNetworkNamesWhatArgumentsSay(t *testing.T) {
	first := record{"type": "Done", "from": "a", "to": "b", "number": 1}
	second := record{"type": "Done", "from": "a", "to": "b", "number": 2}
	failed := record{"type": "Failed", "from": "a", "to": "b", "number": 2}
	s := Source{
		Loop: -1,
		Events: []trace.Event{
			event("Do", record{"node": "a"}, record{}),
			event("Do", record{"node": "a"}, record{}),
			event("Hear", record{"node": "b", "from": "a", "number": 2}, record{}),
			event("Hear", record{"node": "b", "from": "a", "number": 1}, record{}),
		},
		Network: [][]trace.Value{nil, {first}, {first, second}, {first}, {}},
	}
	require.Equal(t, []Message{
		{Label: "Done(number = 1)", From: 0, To: 3, Source: 0, Target: 1},
		{Label: "Done(number = 2)", From: 1, To: 2, Source: 0, Target: 1},
	}, draw(t, s, Options{}).Messages)

	s.Network[2] = append(s.Network[2], failed)
	require.Contains(t, draw(t, s, Options{}).Messages,
		Message{Label: "number = 2", From: 1, To: 2, Source: 0, Target: 1, Guessed: true})
}

// TestNetworkSaysWhoReceives has messages that no step names. One is received, which a crash takes
// back; the other is not.
func TestNetworkSaysWhoReceives(t *testing.T) {
	m, other := msg("Ping", "a", "b"), msg("Ping", "a", "c")
	s := Source{
		Loop: -1,
		Events: []trace.Event{
			event("Send", record{"node": "a"}, record{}),
			event("Work", record{"node": "c"}, record{}),
			event("Take", record{"node": "b"}, record{}),
			event("Crash", record{"node": "b"}, record{}),
		},
		Network: [][]trace.Value{nil, {m, other}, {m, other}, {other}, {m, other}},
	}
	arrows := []Message{
		{Label: "Ping", From: 0, To: 2, Source: 0, Target: 1},
		{Label: "Ping", From: 0, To: -1, Source: 0, Target: 2},
	}
	require.Equal(t, arrows, draw(t, s, Options{}).Messages)
	s.Events[3].Step = "Take"
	s.Network = [][]trace.Value{nil, {m, other}, {m, other}, {m, other}, {other}}
	arrows[0].To = 3
	require.Equal(t, arrows, draw(t, s, Options{}).Messages, "its receiver's next step")

	s.Events[1].Step, s.Events[1].Args = "Send", record{"node": "a"}
	s.Network = [][]trace.Value{nil, {m, other}, {m, m, other}, {m}, {}}
	s.Events[3].Step = "Crash"
	require.Equal(t, []Message{
		{Label: "Ping", From: 0, To: 3, Source: 0, Target: 1, Lost: true},
		{Label: "Ping", From: 0, To: 2, Source: 0, Target: 2, Lost: true},
		{Label: "Ping", From: 1, To: 2, Source: 0, Target: 1},
	}, draw(t, s, Options{}).Messages, "the newest is received, a step of b closes what goes to c, and a crash loses the rest")
}

// TestArgumentsCanNameTheOtherEnd has a message without a record, and one that
// no step has sent.
func TestArgumentsCanNameTheOtherEnd(t *testing.T) {
	s := Source{Loop: -1, Events: []trace.Event{
		event("Work", record{"node": "a"}, record{"n": 1}),
		event("Receive", record{"node": "b", "from": "a", "term": 3}, record{"n": 1}),
		event("Send", record{"node": "b", "to": "a", "term": 3}, record{"n": 2}),
		event("Submit", record{"node": "a", "from": "client"}, record{"n": 2}),
	}}
	require.Equal(t, []Message{
		{Label: "term = 3", From: 0, To: 1, Source: 0, Target: 1, Guessed: true},
		{Label: "term = 3", From: 2, To: -1, Source: 1, Target: 0},
	}, draw(t, s, Options{}).Messages)
}

// TestLongTraceIsCut draws what leads to the refused step, or the range that is
// asked for.
func TestLongTraceIsCut(t *testing.T) {
	s := Source{Loop: -1}
	for i := range 10_000 {
		s.Events = append(s.Events, event("Tick", record{"node": fmt.Sprintf("n%d", i%3), "to": fmt.Sprintf("n%d", (i+1)%3)}, record{"now": i}))
	}
	for _, c := range []struct {
		refused     int
		o           Options
		first, last int
	}{
		{0, Options{}, 1, 40},
		{9000, Options{}, 8961, 9000},
		{9000, Options{First: 17, Last: 20}, 17, 20},
		{0, Options{First: 9990}, 9990, 10000},
		{0, Options{Last: 100, Most: 10}, 91, 100},
	} {
		s.Refused = c.refused
		d := draw(t, s, c.o)
		require.Equal(t, c.first, d.Steps[0].Number)
		require.Equal(t, c.last, d.Steps[len(d.Steps)-1].Number)
		require.Contains(t, d.SVG(), fmt.Sprintf("steps %d to %d of 10000", c.first, c.last))
		require.Contains(t, d.Mermaid(), fmt.Sprintf("steps %d to %d of 10000", c.first, c.last))
		require.Equal(t, []string{"n0", "n1", "n2"}, d.Lanes)
	}
	for _, o := range []Options{{First: 10_001}, {First: 5, Last: 4}, {First: -1}, {Last: -3}} {
		_, err := New(s, o)
		require.ErrorContains(t, err, "there are no steps")
	}
	_, err := New(Source{}, Options{})
	require.ErrorContains(t, err, "no step")
}

// TestSetupIsOneLine folds what only sets the scene, unless a range is asked for.
func TestSetupIsOneLine(t *testing.T) {
	s := Source{Loop: -1, Setup: 3, Refused: 5, Reason: "violates Order"}
	for i, node := range []string{"a", "b", "a", "b", "a"} {
		s.Events = append(s.Events, event(fmt.Sprintf("Do%d", i+1), record{"node": node}, record{"now": i}))
	}
	const says = "1 to 3, which the rule allows: Do1 by a, Do2 by b, Do3 by a"
	d := draw(t, s, Options{})
	require.Len(t, d.Steps, 2)
	require.Equal(t, "Do4", d.Steps[0].Name)
	require.Equal(t, []Change{{Field: "now", Value: "3"}}, d.Steps[0].Changes, "the view before is the one that the scene leads to")
	require.Contains(t, d.Mermaid(), says)
	require.Contains(t, d.SVG(), says)
	d = draw(t, s, Options{First: 1})
	require.Len(t, d.Steps, 5)
	require.Empty(t, d.Left())
	s.Events = s.Events[:3]
	s.Refused = 3
	require.Len(t, draw(t, s, Options{}).Steps, 3, "there is no step after the scene")
}

// TestHostileTextStaysText has texts that mean something to SVG and to Mermaid.
func TestHostileTextStaysText(t *testing.T) {
	evil := "</text><script>alert(1)</script>; end # %% {x} & \x01 \"" + strings.Repeat("長い", 200)
	s := Source{Title: evil, Loop: 0, Refused: 1, Reason: evil, Events: []trace.Event{
		event(evil, record{"node": evil, "a": evil, "message": record{"from": evil, "to": "end"}}, record{evil: evil}),
	}}
	d := draw(t, s, Options{})
	decoder := xml.NewDecoder(strings.NewReader(d.SVG()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			require.NotEqual(t, "script", start.Name.Local)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(d.Mermaid()), "\n")[1:] {
		require.Regexp(t, `^    (participant n\d+ as |Note over n\d|n\d(-\)|--x|--\))n\d: |rect rgba|end$)`, line)
		_, text, found := strings.Cut(line, ": ")
		if found {
			require.NotRegexp(t, `(?i)\bend\b|<script|%%`, text)
		}
	}
}

// TestModelValuesAreNodes draws nodes that are model values.
func TestModelValuesAreNodes(t *testing.T) {
	s := Source{Loop: -1, Events: []trace.Event{event("A", record{"node": tlc.Model("n10")}, nil), event("B", record{"node": tlc.Model("n9")}, nil)}}
	require.Equal(t, []string{"n9", "n10"}, draw(t, s, Options{}).Lanes)
}

// TestStampsSayWhenAMessageWasSent draws what several processes recorded.
func TestStampsSayWhenAMessageWasSent(t *testing.T) {
	at := func(e trace.Event, file string, stamp uint64, heard ...trace.Stamp) trace.Event {
		e.File, e.Stamp, e.Heard = file, stamp, heard
		return e
	}
	s := Source{Loop: -1, Events: []trace.Event{
		at(event("Work", record{"node": "a"}, nil), "one", 1),
		at(event("Work", record{"node": "a"}, nil), "one", 2),
		at(event("Receive", record{"node": "b", "from": "a"}, nil), "two", 3, trace.Stamp{Process: "a", Time: 1}),
		at(event("Learn", record{"node": "c"}, nil), "three", 4, trace.Stamp{Process: "p2", Time: 3}),
	}}
	require.Equal(t, []Message{
		{From: 0, To: 2, Source: 0, Target: 1},
		{From: 2, To: 3, Source: 1, Target: 2},
	}, draw(t, s, Options{}).Messages)
}

// TestTheWorldCrashesNodes marks the node that goes down, not the world.
func TestTheWorldCrashesNodes(t *testing.T) {
	s := Source{Loop: -1, Events: []trace.Event{
		event("Start", record{"node": "a"}, nil),
		event("Crash", record{"node": "world", "who": "a"}, nil),
	}}
	d := draw(t, s, Options{})
	require.Equal(t, 0, d.Steps[1].Down)
	require.Equal(t, 1, d.Steps[1].Lane)
	require.Contains(t, d.SVG(), `class="lane down" x1="24.0"`)
}

// TestAStepCanBeALink: a box leads to one place and its name to another, or both to the same.
// Without links the picture is one image.
func TestAStepCanBeALink(t *testing.T) {
	d := draw(t, commit(), Options{})
	require.Contains(t, d.Inline(), ` role="img" `)
	require.NotContains(t, d.Inline(), "<a ")
	require.Contains(t, d.SVG(), fmt.Sprintf(` height="%d" `, d.Height()))
	d.Steps[0].Link, d.Steps[0].NameLink = "#list&1", "#map"
	d.Steps[1].Link = "#list2"
	d.Steps[2].NameLink = "#map2"
	svg := d.Inline()
	require.Contains(t, svg, ` role="group" `)
	require.Regexp(t, `<a href="#list&amp;1"><rect [^>]*/>(<text [^>]*>[^<]*</text>)+</a><a href="#map"><text class="name" [^>]*>1 Prepare</text></a>`, svg)
	require.Regexp(t, `<a href="#list2"><text class="name" [^>]*>2 Prepare`, svg)
	require.Regexp(t, `</text><a href="#map2"><text class="name"`, svg)
	require.Equal(t, 5, strings.Count(svg, "<a "))
	require.Equal(t, 5, strings.Count(svg, "</a>"))
	require.NoError(t, xml.Unmarshal([]byte(svg), new(any)))
}

// TestLabelsStandFree: no line of an arrow and no other label runs through a label, and none
// stands in a box, whatever ends between two rows.
func TestLabelsStandFree(t *testing.T) {
	d := &Diagram{Title: "crowded", Lanes: []string{"a", "b", "c"}, Loop: -1, Total: 4}
	for i, lane := range []int{0, 2, 1, 0} {
		d.Steps = append(d.Steps, Step{Number: i + 1, Lane: lane, Name: "Step", Down: -1})
	}
	long := strings.Repeat("m", 60)
	d.Messages = []Message{
		{Label: long, From: -1, To: 0, Source: 1, Target: 0},
		{Label: long, From: 0, To: 2, Source: 0, Target: 1},
		{Label: long, From: 1, To: 2, Source: 2, Target: 1},
		{Label: long, From: 1, To: -1, Source: 2, Target: 0},
		{Label: long, From: 0, To: 2, Source: 0, Target: 1, Lost: true},
		{Label: long, From: 2, To: 3, Source: 1, Target: 0, Guessed: true},
		{Label: long, From: 3, To: -1, Source: 0, Target: 2},
		{Label: long, From: 3, To: -1, Source: 0, Target: 1},
	}
	type box struct{ left, top, right, bottom float64 }
	meet := func(a, b box) bool {
		return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
	}
	picture := d.SVG()
	var labels, others []box
	for _, m := range regexp.MustCompile(`<text class="label" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">(\S[^<]*)<`).FindAllStringSubmatch(picture, -1) {
		x, y, wide := number(t, m[1]), number(t, m[2]), float64(utf8.RuneCountInString(m[4]))*charWidth
		if m[3] == "end" {
			x -= wide
		}
		labels = append(labels, box{x, y - 10, x + wide, y + 3})
	}
	require.Len(t, labels, len(d.Messages))
	for _, m := range regexp.MustCompile(`<path class="arrow[^"]*" d="M([^"]+)"`).FindAllStringSubmatch(picture, -1) {
		var at []float64
		for _, part := range regexp.MustCompile(`[\d.]+`).FindAllString(m[1], -1) {
			at = append(at, number(t, part))
		}
		for i := 2; i+3 < len(at); i += 2 { // from where it leaves its lane
			if at[i+1] == at[i+3] && at[i] != at[i+2] {
				others = append(others, box{min(at[i], at[i+2]), at[i+1] - 1, max(at[i], at[i+2]), at[i+1] + 1})
			}
		}
	}
	require.Len(t, others, len(d.Messages))
	for _, m := range regexp.MustCompile(`<rect class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"`).FindAllStringSubmatch(picture, -1) {
		x, y := number(t, m[1]), number(t, m[2])
		others = append(others, box{x, y, x + number(t, m[3]), y + number(t, m[4])})
	}
	for i, label := range labels {
		for _, other := range append(labels[:i:i], others...) {
			require.False(t, meet(label, other), "label %d at %v meets %v", i, label, other)
		}
		require.Greater(t, label.top, float64(headHeight))
	}
}

func number(t *testing.T, text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return n
}
