package twophasecommit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// logging are the steps that are one record of a log each.
var logging = []string{"Recover", "Begin", "StartPrepare", "Commit", "Abort", "Complete", "Prepare", "Apply", "Discard", "Forget"}

// recordDeath records the end of the process that has left these files: the step
// whose record is in the log, if it died before it could record that, and then
// its crash, with what the log has.
func recordDeath(rec *trace.Recorder, dir, name, path string, heard []trace.Stamp, make func() (core, error)) error {
	left, err := trace.ReadUnfinished(traceFile(dir, name))
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil // it has not been there before
	}
	dead, err := make()
	if err != nil {
		return err
	}
	log, err := tpc.OpenJournal(path, dead, wal.Options{Preallocate: -1})
	if err != nil {
		return err
	}
	defer log.Close()
	known := uint64(0)
	for _, e := range left.Events {
		if slices.Contains(logging, e.Step) {
			known++
		}
	}
	entries := log.Status().Appended
	if entries < known || entries > known+1 {
		return fmt.Errorf("%s has recorded %d steps that are in its log, which has %d entries", name, known, entries)
	}
	state := view{"up": false}
	if n := len(left.Events); n > 0 {
		state = left.Events[n-1].State
	}
	for e, err := range log.Entries(known + 1) {
		if err != nil {
			return err
		}
		var r entry
		if err := json.Unmarshal(e.Payload, &r); err != nil {
			return err
		}
		r.survived(rec, name, state, heard)
	}
	if state["up"] == true {
		dead.Heard(heard...)
		dead.Crash()
	}
	return nil
}

// entry is a record in a node's log, as it is there.
type entry struct {
	Kind        string
	Transaction tpc.Ref
	Keys        map[string]uint64
	Outcome     string
	Aborted     []uint64
	Writes      map[string]string
	Reads       []string
}

// survived records the step of a record that is in the log, by a process that
// had recorded the given state before and nothing since. It changes the state as
// that process would have.
func (r *entry) survived(rec *trace.Recorder, node string, state view, heard []trace.Stamp) {
	t := r.Transaction.String()
	step := map[string]string{
		"life": "Recover", "begun": "Begin", "asked": "StartPrepare", "complete": "Complete", "prepared": "Prepare", "forgotten": "Forget",
		"decided coordinator committed": "Commit", "decided coordinator aborted": "Abort",
		"decided participant committed": "Apply", "decided participant aborted": "Discard",
	}
	kind := r.Kind
	if kind == "decided" {
		role := "participant"
		if node == coordinator {
			role = "coordinator"
		}
		kind += " " + role + " " + r.Outcome
	}
	s := rec.Step(step[kind]).String("node", node)
	switch r.Kind {
	case "life":
	case "forgotten":
		s.Uint("number", r.Transaction.Number)
	default:
		s.String("transaction", t)
	}
	for _, h := range heard {
		s.Heard(h)
	}
	switch step[kind] {
	case "Recover":
		r.recovered(node, state)
	case "Begin":
		s.Int("age", int(r.Transaction.Age))
		state.in("stage")[t], state.in("age")[t], state.in("keys")[t] = "begun", int(r.Transaction.Age), record{}
	case "StartPrepare":
		keys := record{}
		for key, life := range r.Keys {
			keys[key] = int(life)
		}
		state.in("stage")[t], state.in("keys")[t], state.in("driven")[t] = "preparing", keys, true
	case "Commit", "Abort":
		state.in("stage")[t] = r.Outcome
	case "Complete":
		state.in("stage")[t] = "complete"
		state.without(t, "age", "keys", "driven")
	case "Prepare":
		state.in("at")[t] = "prepared"
		state.without(t, "waiting")
	case "Apply", "Discard":
		if pending := state.in("pending")[t]; pending != nil && r.Outcome == "committed" {
			maps.Copy(state.in("store"), pending.(record))
		}
		state.in("at")[t] = r.Outcome
		state.without(t, "pending", "locks")
	}
	if step[kind] == "Forget" {
		for n := range r.Transaction.Number {
			state.without(name(n+1), "at", "done")
		}
		state["closed"] = int(r.Transaction.Number)
	}
	s.State(state)
}

// recovered is the state after a start.
func (r *entry) recovered(node string, state view) {
	if len(state) == 1 { // the first one
		fields := []string{"at", "pending", "locks", "done", "waiting", "store"}
		if node == coordinator {
			fields = []string{"stage", "age", "keys", "driven"}
		} else {
			state["closed"] = 0
		}
		for _, field := range fields {
			state[field] = record{}
		}
		state["life"] = 0
	}
	state["up"], state["life"] = true, state["life"].(int)+1
	for _, n := range r.Aborted {
		state.in("stage")[name(n)] = "aborted"
	}
}

type record = map[string]trace.Value

// view is the state of a node as a trace has it.
type view map[string]trace.Value

// View implements trace.Viewer.
func (v view) View(o *trace.Object) {
	for _, field := range slices.Sorted(maps.Keys(v)) {
		o.Value(field, v[field])
	}
}

// in returns a field that is a record. A change of it is one of the view.
func (v view) in(field string) record { return v[field].(record) }

// without takes a transaction out of some fields.
func (v view) without(t string, fields ...string) {
	for _, field := range fields {
		delete(v.in(field), t)
	}
}
