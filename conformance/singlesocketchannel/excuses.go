package singlesocketchannel

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// excuses are the lies that are no lies: what they say can have happened too.
var excuses = []conformance.Equivalent{{
	Mutant: "swap *, *",
	Reason: "what two ends do has no order where neither has heard of the other's step",
	Where:  conformance.DifferentNodes,
}, {
	Mutant: "swap *, *",
	Reason: "nor have two steps of one end that both change nothing there",
	InTrace: func(steps []trace.Event, at int) bool {
		return at+1 < len(steps) && conformance.Stutters(steps, at) && conformance.Stutters(steps, at+1)
	},
}, {
	Mutant:  "swap *, *",
	Reason:  "an interval may end just before a word or just behind it, where the next word ends the silence anyway",
	InTrace: aroundAWord,
}, {
	Mutant:  "drop * before *",
	Reason:  "a step may be left out where all that it changes at its end is changed by the end's next step, or is not seen any more; what has come of it to the other end, the other end's steps say",
	InTrace: overtaken,
}, {
	Mutant: "drop * before *",
	Reason: "what changes nothing at its end may still be under way, where nothing of that connection comes behind it; and so may a beat, where none but beats do, which are all alike",
	InTrace: func(steps []trace.Event, at int) bool {
		if steps[at].Step == "ReceiveBeat" {
			same := conformance.Stutters(steps, at) || isWord(conformance.NextOfNode(steps, at))
			return same && beatsBehind(steps, at)
		}
		return conformance.Stutters(steps, at) && len(behind(steps, at)) == 0
	},
}, {
	Mutant:  "double ReceiveBeat",
	Reason:  "of two beats both may have come, where none but beats come behind them on that connection",
	InTrace: beatsBehind,
}}

// isWord says whether something was heard in a step.
func isWord(e trace.Event) bool { return strings.HasPrefix(e.Step, "Receive") }

// aroundAWord says whether a step and the one behind it are an interval without
// a word, and a word that ends a silence and nothing else, and whether the end
// takes next what ends every silence, if it takes anything.
func aroundAWord(steps []trace.Event, at int) bool {
	if at+1 == len(steps) || conformance.DifferentNodes(steps[at], steps[at+1]) {
		return false
	}
	quiet, word := steps[at], steps[at+1]
	if isWord(quiet) {
		quiet, word = word, quiet
	}
	without := func(state map[string]trace.Value) map[string]trace.Value {
		state = maps.Clone(state)
		delete(state, "silent")
		return state
	}
	next := conformance.NextOfNode(steps, at+1)
	return quiet.Step == "Quiet" && isWord(word) && reflect.DeepEqual(without(quiet.State), without(word.State)) &&
		(next.Step == "" || isWord(next) || endsConnection(next))
}

// endsConnection says whether it is all over for a connection.
func endsConnection(e trace.Event) bool {
	return slices.Contains([]string{"Accept", "Open", "Lose", "Stall", "TimeOut", "Restart"}, e.Step)
}

// overtaken says whether all that a step can have changed at its end is changed
// by the end's next step, if there is one.
func overtaken(steps []trace.Event, at int) bool {
	step, next := steps[at], conformance.NextOfNode(steps, at)
	switch {
	case next.Step == "" || endsConnection(next):
		return true
	case step.Step == "Quiet":
		return isWord(next)
	case step.Step == "GiveUp" && next.Step == "ReceiveAnswer":
		frame, _ := next.Args["frame"].(map[string]trace.Value)
		return step.Args["number"] == frame["number"]
	}
	return false
}

// beatsBehind says whether none but beats come behind a step on its connection.
func beatsBehind(steps []trace.Event, at int) bool {
	return !slices.ContainsFunc(behind(steps, at), func(e trace.Event) bool { return e.Step != "ReceiveBeat" })
}

// behind are the steps behind one that are of the same connection: what else
// comes to that end, or what the other end hears of it.
func behind(steps []trace.Event, at int) []trace.Event {
	step := steps[at]
	return slices.DeleteFunc(slices.Clone(steps[at+1:]), func(e trace.Event) bool {
		hears := isWord(e) && !conformance.DifferentNodes(e, step) || e.Step == "Refused" && conformance.DifferentNodes(e, step)
		return !hears || step.Args["connection"] == nil || !reflect.DeepEqual(e.Args["connection"], step.Args["connection"])
	})
}
