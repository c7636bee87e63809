package versionedvalue

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// newSystem is the bounded model's store, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := vv.NewCore(rec)
	version := func(step func(uint64) error) toolbox.Step {
		return func(a *trace.Record) error { return step(a.Uint("version")) }
	}
	return &toolbox.Steps{Refusal: vv.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Take": func(a *trace.Record) error {
			return c.Take(a.Uint("version"), change(a.String("key"), a.String("value"), a.Int("expect")))
		},
		"Install":     version(c.Install),
		"Acknowledge": version(c.Acknowledge),
		"Abandon":     version(c.Abandon),
		"Open":        version(c.Open),
		"Close":       version(c.Close),
		"Mark":        version(c.Mark),
		"Remove":      func(a *trace.Record) error { return c.Remove(a.String("key"), a.Uint("version")) },
		"Read": func(a *trace.Record) error {
			v, key := a.Uint("version"), a.String("key")
			if !isAnswer(rec, a, c.Answer(v, key)) {
				return vv.ErrNotAllowed
			}
			return toolbox.ErrOf(c.Read(v, key))
		},
		"Range": func(a *trace.Record) error {
			v, from, to, limit := a.Uint("version"), a.String("from"), a.String("to"), a.Int("limit")
			if !areAnswers(rec, a, c.Found(v, from, to, limit)) {
				return vv.ErrNotAllowed
			}
			return toolbox.ErrOf(c.Range(v, from, to, limit))
		},
		"Changes": func(a *trace.Record) error {
			key, from, to := a.String("key"), a.Uint("after"), a.Uint("upTo")
			if !areAnswers(rec, a, c.ChangesOf(key, from, to)) {
				return vv.ErrNotAllowed
			}
			return toolbox.ErrOf(c.Changes(key, from, to))
		},
		"Restart": func(*trace.Record) error {
			c.Restart()
			return nil
		},
		"Quiet": toolbox.Claim(c.Idle, c.Quiet),
	}}, nil
}

// change is a change as a trace shows it.
func change(key, value string, expect int) vv.Change {
	ch := vv.Change{Key: key, Value: value}
	if value == vv.Tombstone {
		ch.Value, ch.Delete = "", true
	}
	if expect >= 0 {
		ch.If = vv.IfVersion(uint64(expect))
	}
	return ch
}

// isAnswer says whether a Read shows this answer.
func isAnswer(rec *trace.Recorder, a *trace.Record, have vv.Entry) bool {
	shown := a.Record("answer")
	return shown.Uint("ver") == rec.Counted(have.Version) && shown.String("val") == valueOf(have)
}

// valueOf is the value of an entry as a trace shows it.
func valueOf(e vv.Entry) string {
	if e.Deleted {
		return vv.Tombstone
	}
	return e.Value
}

// areAnswers says whether a Range, or Changes, shows these entries. Changes shows those of
// one key, without it.
func areAnswers(rec *trace.Recorder, a *trace.Record, have []vv.Entry) bool {
	shown, ok := a.Value("answer").([]trace.Value)
	return ok && slices.EqualFunc(shown, have, func(v trace.Value, e vv.Entry) bool {
		fields, _ := v.(map[string]trace.Value)
		key, ofRange := fields["key"]
		return fields["ver"] == int(rec.Counted(e.Version)) && fields["val"] == valueOf(e) && (!ofRange || key == e.Key)
	})
}
