package gossipdissemination

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// excuses are the lies that are none: what they say is a behaviour of the spec
// as well.
func excuses() []conformance.Equivalent {
	return []conformance.Equivalent{{
		Mutant: "double Agree",
		Reason: "Agree claims something and changes nothing",
	}, {
		Mutant: "drop Agree before *",
		Reason: "Agree claims something and changes nothing",
	}, {
		Mutant: "double Digest",
		Reason: "the messages are a set: one that is sent twice is in it once",
	}, {
		Mutant: "double Answer",
		Reason: "a digest stays in the set when it has arrived, and its receiver has not changed: it answers once more, with the same message",
	}, {
		Mutant: "double Merge",
		Reason: "a delta stays in the set when it has arrived: the second time there is no news in it, and what it asks for is told with the same message",
	}, {
		Mutant: "drop Lose before *",
		Reason: "the message may as well be under way for ever: until it is sent again nobody counts the messages",
		InTrace: func(steps []trace.Event, at int) bool {
			return !missed(steps[at+1:], steps[at].Args["message"], true)
		},
	}, {
		Mutant:  "drop Digest before *",
		Reason:  "the message is under way already, or no node gets it, loses it or counts the messages until it is sent again",
		InTrace: needless,
	}, {
		Mutant:  "drop Answer before *",
		Reason:  "the message is under way already, or no node gets it, loses it or counts the messages until it is sent again",
		InTrace: needless,
	}, {
		Mutant: "drop Merge before *",
		Reason: "there was no news in it, and nobody needs what was told in answer to it",
		InTrace: func(steps []trace.Event, at int) bool {
			return conformance.Stutters(steps, at) && needless(steps, at)
		},
	}, {
		Mutant: "drop * before *",
		Reason: "it changes only what the node knows, which dies with it before anybody has heard of it",
		InTrace: func(steps []trace.Event, at int) bool {
			return steps[at].Step != "Start" && nextSeen(steps, at).Step == "Crash" && needless(steps, at)
		},
	}, {
		Mutant:  "drop * before *",
		Reason:  "it changes only what the node knows of some others, and of all of them it hears again before it says anything",
		InTrace: func(steps []trace.Event, at int) bool { return comesAgain(steps, at) && needless(steps, at) },
	}, {
		Mutant:  "falsify Digest.args.to",
		Reason:  "a message that no node gets or loses may have gone to another node",
		InTrace: unread,
	}, {
		Mutant:  "falsify Digest.args.about.*",
		Reason:  "a message that no node gets or loses may have been about other nodes",
		InTrace: unread,
	}, {
		Mutant:  "swap *, *",
		Reason:  "neither step needs what the other does or looks at it, so they have no order",
		InTrace: unordered,
	}}
}

// sentBy returns the message that a step sends, as a trace shows it; nil if it
// sends none. Of a large cluster, whose nodes do not log what they know, it has no
// more than the kind, the sender and the receiver.
func sentBy(e trace.Event) trace.Value {
	if e.Step != "Digest" && e.Step != "Answer" && (e.Step != "Merge" || len(fieldsOf(e.Args["cut"])) == 0) {
		return nil
	}
	m := &gossip.Message{Kind: gossip.Deltas, From: textOf(e.Args["node"]), To: textOf(e.Args["to"]), Marks: map[string]gossip.Mark{}}
	got := fieldsOf(e.Args["message"])
	if e.Step == "Digest" {
		m.Kind = gossip.Digests
	} else {
		m.To = textOf(got["from"])
	}
	if !logsEntries(e) {
		return map[string]trace.Value{"type": m.Kind.String(), "from": m.From, "to": m.To}
	}
	known := map[string]gossip.Entry{}
	for owner, v := range fieldsOf(e.State["known"]) {
		known[owner] = entryOf(v)
	}
	switch e.Step {
	case "Digest":
		m.Whole = true
		for owner, v := range fieldsOf(e.Args["about"]) {
			if v == true {
				m.Marks[owner] = known[owner].Mark
			} else {
				m.Whole = false
			}
		}
	case "Answer":
		m.Entries = entriesOf(known, fieldsOf(got["marks"]), fieldsOf(e.Args["cut"]))
		for owner, v := range fieldsOf(got["marks"]) {
			if owner != m.From && gossip.Lacks(known[owner].Mark, entryOf(v).Mark) {
				m.Marks[owner] = known[owner].Mark
			}
		}
	case "Merge":
		m.Entries = entriesOf(known, fieldsOf(got["wants"]), fieldsOf(e.Args["cut"]))
	}
	return shown(m)
}

// entriesOf are the news in a message, for somebody at these marks.
func entriesOf(known map[string]gossip.Entry, marks, cut map[string]trace.Value) map[string]gossip.Delta {
	told := map[string]gossip.Delta{}
	for owner, v := range cut {
		upTo, _ := v.(int)
		if upTo == gossip.Omit {
			continue
		}
		e := known[owner]
		d := gossip.Delta{Mark: e.Mark}
		if at := entryOf(marks[owner]).Mark; at.Gen == e.Gen {
			d.Since = min(at.Ver, e.Ver)
		}
		d.Ver = uint32(upTo)
		d.Vals = gossip.Between(e.Vals, d.Since, d.Ver)
		told[owner] = d
	}
	return told
}

// entryOf reads an entry or a mark of a trace.
func entryOf(v trace.Value) gossip.Entry {
	fields := fieldsOf(v)
	number := func(fields map[string]trace.Value, name string) uint32 {
		n, _ := fields[name].(int)
		return uint32(n)
	}
	e := gossip.Entry{Mark: gossip.Mark{Gen: number(fields, "gen"), Ver: number(fields, "ver"), Inc: number(fields, "inc")}}
	for e.Status < gossip.Left && e.Status.String() != fields["status"] && fields["status"] != nil {
		e.Status++
	}
	for key, value := range fieldsOf(fields["vals"]) {
		if e.Vals == nil {
			e.Vals = map[string]gossip.Value{}
		}
		e.Vals[key] = gossip.Value{Val: textOf(fieldsOf(value)["val"]), Ver: number(fieldsOf(value), "ver")}
	}
	return e
}

func fieldsOf(v trace.Value) map[string]trace.Value {
	fields, _ := v.(map[string]trace.Value)
	return fields
}

func textOf(v trace.Value) string {
	s, _ := v.(string)
	return s
}

// logsEntries says whether a node's state has in it what it knows, not only how
// much.
func logsEntries(e trace.Event) bool {
	_, counts := fieldsOf(e.State["known"])["owners"].(int)
	return !counts
}

// vague says that no more than kind, sender and receiver are known of a message.
func vague(message trace.Value) bool { return len(fieldsOf(message)) == 3 }

// alike says whether two are one message, as far as is known.
func alike(a, b trace.Value) bool {
	if !vague(a) && !vague(b) {
		return a != nil && b != nil && sameValue(a, b)
	}
	one, other := fieldsOf(a), fieldsOf(b)
	return one["type"] == other["type"] && one["from"] == other["from"] && one["to"] == other["to"]
}

// underWay says whether a message is under way after these steps.
func underWay(steps []trace.Event, message trace.Value) bool {
	if vague(message) {
		return false // nobody knows
	}
	for _, e := range slices.Backward(steps) {
		if alike(sentBy(e), message) {
			return true
		}
		if e.Step == "Lose" && alike(e.Args["message"], message) {
			return false
		}
	}
	return false
}

// missed says whether these steps need a message before they send it again: one
// gets it or loses it or, if it is counted, says how many there are.
func missed(steps []trace.Event, message trace.Value, counted bool) bool {
	for _, e := range steps {
		if counted && e.Step == "Lose" || alike(e.Args["message"], message) {
			return true
		}
		if !vague(message) && alike(sentBy(e), message) {
			return false
		}
	}
	return false
}

// needless says whether a step sends nothing that anybody needs.
func needless(steps []trace.Event, at int) bool {
	message := sentBy(steps[at])
	return message == nil || underWay(steps[:at], message) || !missed(steps[at+1:], message, true)
}

// unread says whether no node gets or loses what a step sends, nor could say that
// there is another message instead: with the other one there are as many, if this
// one was not under way before and is not sent again, or nobody counts them.
func unread(steps []trace.Event, at int) bool {
	message, behind := sentBy(steps[at]), steps[at+1:]
	switch {
	case message == nil:
		return false
	case !slices.ContainsFunc(behind, func(e trace.Event) bool { return e.Step == "Lose" }):
		return underWay(steps[:at], message) || !missed(behind, message, false)
	}
	return sendsNew(steps, at) && !missed(behind, message, false) && !slices.ContainsFunc(behind, func(e trace.Event) bool { return alike(sentBy(e), message) })
}

// nextSeen returns the first step behind this one that shows what its node knows:
// the next of the node, or one that says that all know the same.
func nextSeen(steps []trace.Event, at int) trace.Event {
	for _, e := range steps[at+1:] {
		if e.Step == "Agree" || !conformance.DifferentNodes(e, steps[at]) {
			return e
		}
	}
	return trace.Event{}
}

// comesAgain says whether the next thing that a node does after a step is to hear
// of all those of whom it knows something else after that step than before.
func comesAgain(steps []trace.Event, at int) bool {
	next := nextSeen(steps, at)
	before := previous(steps, at)
	if next.Step != "Merge" || before.Step == "" || !logsEntries(next) {
		return false
	}
	heard := fieldsOf(fieldsOf(next.Args["message"])["entries"])
	knew, knows := fieldsOf(before.State["known"]), fieldsOf(steps[at].State["known"])
	for owner := range knows {
		if heard[owner] == nil && !sameValue(knew[owner], knows[owner]) {
			return false
		}
	}
	return true
}

// previous returns the last step of the same node before this one; the zero Event
// if there is none.
func previous(steps []trace.Event, at int) trace.Event {
	for _, e := range slices.Backward(steps[:at]) {
		if !conformance.DifferentNodes(e, steps[at]) {
			return e
		}
	}
	return trace.Event{}
}

// unordered says whether a step and the one behind it may as well have been taken
// the other way round.
func unordered(steps []trace.Event, at int) bool {
	first, second := steps[at], steps[at+1]
	silent := func(at int) bool { return steps[at].Step == "Lose" || conformance.Stutters(steps, at) }
	if lost := sentAndLost(first, second); lost != nil {
		// In one order it is under way afterwards, in the other it is not.
		return underWay(steps[:at], lost) && !missed(steps[at+2:], lost, true)
	}
	switch {
	case !conformance.DifferentNodes(first, second):
		return conformance.Stutters(steps, at) && conformance.Stutters(steps, at+1)
	case first.Step == "Agree" && !silent(at+1) || second.Step == "Agree" && !silent(at):
		return false // they would not agree, or others would
	case second.Step == "Lose" && sendsNew(steps, at) || first.Step == "Lose" && sendsNew(steps, at+1):
		return false // there would be more messages, or fewer
	}
	return !sendsNew(steps, at) || !alike(sentBy(first), second.Args["message"])
}

// sentAndLost returns the message that one of two steps sends and the other loses;
// nil if there is none.
func sentAndLost(one, other trace.Event) trace.Value {
	for _, pair := range [][2]trace.Event{{one, other}, {other, one}} {
		if m := pair[1].Args["message"]; pair[1].Step == "Lose" && alike(sentBy(pair[0]), m) {
			return m
		}
	}
	return nil
}

// sendsNew says whether a step sends a message that is not under way.
func sendsNew(steps []trace.Event, at int) bool {
	message := sentBy(steps[at])
	return message != nil && !underWay(steps[:at], message)
}
