package conformance

import (
	"cmp"
	"context"
	"io/fs"
	"reflect"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// T is the part of *testing.T that the functions for tests use.
type T interface {
	Helper()
	Context() context.Context
	TempDir() string
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Accepts fails the test for each trace that is not a behaviour of the spec in
// the folder (see Load). It also fails the test for a trace without a verdict,
// and on a machine without TLC. It explains the first refused trace.
func Accepts(t T, spec fs.FS, traces ...*trace.Trace) {
	t.Helper()
	s, c := forTest(t, spec)
	if len(traces) == 0 {
		t.Fatalf("there are no traces to check")
	}
	if i := slices.Index(traces, nil); i >= 0 {
		t.Fatalf("trace %d of %d is nil: could it not be read?", i+1, len(traces))
	}
	verdicts, err := replay.Replay(t.Context(), c, s, traces)
	if err != nil {
		t.Fatalf("replay: %s", err)
	}
	explained := false
	for i, v := range verdicts {
		if v.Outcome == report.Accepted {
			continue
		}
		why := ""
		if v.Outcome == report.Rejected && !explained {
			explained = true
			why = "\n\n" + explanation(t, c, s, traces[i], v)
		}
		t.Errorf("%s: %s%s", traces[i].Name, v, why)
	}
}

// deepenInTests limits the search for hints and for a shorter trace in a
// failing test.
const deepenInTests = 10 * time.Second

// explanation returns the text of Explain, or the reason why there is none.
func explanation(t T, c *run.Runner, s *spec.Spec, refused *trace.Trace, v report.Verdict) string {
	x, err := explain.Explain(t.Context(), c, s, refused, v)
	if err != nil {
		return "it could not be explained: " + err.Error()
	}
	if err := explain.Deepen(t.Context(), c, s, refused, v, x, deepenInTests); err != nil {
		x.Note("no hints, and no shorter trace: %s", err)
	}
	return x.String()
}

// Records runs the scenarios of a pattern, as a check does. It fails the test
// for each run that fails, and for each step of the spec that no run takes. It
// runs the scenarios named in seeded twice, and the same seed must give the
// same steps. Records does not hold the traces against the spec and needs no
// Java; Accepts does that.
func Records(t T, p *Pattern, seeded ...string) {
	t.Helper()
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		t.Fatalf("the spec: %s", err)
	}
	known := map[string]bool{}
	taken := map[string]bool{}
	for _, scenario := range p.Scenarios {
		known[scenario.Name] = true
		recorded := recordedBy(t, p, scenario)
		for _, run := range recorded {
			for _, e := range run.Events {
				taken[e.Step] = true
			}
		}
		if !slices.Contains(seeded, scenario.Name) {
			continue
		}
		for i, again := range recordedBy(t, p, scenario) {
			if i < len(recorded) && !reflect.DeepEqual(withoutNotes(recorded[i].Events), withoutNotes(again.Events)) {
				t.Errorf("scenario %s: seed %d gives another trace the second time", scenario.Name, i+1)
			}
		}
	}
	for _, name := range seeded {
		if !known[name] {
			t.Errorf("there is no scenario %s", name)
		}
	}
	for _, step := range s.Steps() {
		if !taken[step] {
			t.Errorf("no scenario takes the step %s", step)
		}
	}
}

// withoutNotes leaves out what may be another one each time, such as times.
func withoutNotes(events []trace.Event) []trace.Event {
	events = slices.Clone(events)
	for i := range events {
		events[i].Note = nil
	}
	return events
}

// recordedBy returns the traces of one scenario, by seed.
func recordedBy(t T, p *Pattern, s Scenario) []*trace.Trace {
	t.Helper()
	alone := *p
	alone.Scenarios = []Scenario{s}
	paths, err := alone.Record(t.Context(), t.TempDir(), false)
	if err != nil {
		t.Errorf("%s", err)
	}
	traces, err := replay.ReadAll(paths)
	if err != nil {
		t.Errorf("%s", err)
	}
	if err == nil && len(traces) != max(s.Runs, 1) {
		t.Errorf("scenario %s: %d traces of %d runs", s.Name, len(traces), max(s.Runs, 1))
	}
	return traces
}

// Explores fails the test for each kind of difference between the code and the bounded
// model of the spec in the folder; see Checker.Explore. It shows and explains one
// difference of each kind, and says how many there are of it.
func Explores(t T, spec fs.FS, system func(*trace.Recorder) (System, error)) {
	t.Helper()
	s, c := forTest(t, spec)
	x, err := explore.Explore(t.Context(), c, s, system)
	if err != nil {
		t.Fatalf("explore: %s", err)
	}
	// A difference without an explanation still fails the test.
	unexplained := explain.ExplainDifferences(t.Context(), c, s, x.Differences)
	for _, kind := range report.Kinds(x.Differences) {
		why := ""
		if kind.Explanation != nil {
			why = "\n\n" + kind.Explanation.String()
		}
		t.Errorf("explore: %s%s", kind, why)
	}
	if unexplained != nil {
		t.Errorf("explore: the differences could not be explained: %s", unexplained)
	}
	for _, step := range x.Missing {
		t.Errorf("explore: the bounded model never takes the step %s", step)
	}
	if x.Outcome != report.Accepted {
		t.Errorf("explore: %s, %d of %d transitions driven %s", x.Outcome, x.Driven, x.Transitions, x.Message)
	}
}

// Holds runs TLC on the models in the folder of a spec: the ordinary one, X.cfg, with its
// properties; those of abstract specs; those that document a known violation; and those
// that break a rule, broken/RULE.cfg. It fails the test for each model of which TLC finds
// something else than the first line of its cfg says. library has the folders of further
// modules.
func Holds(t T, spec fs.FS, library ...fs.FS) {
	t.Helper()
	s, c := forTest(t, spec, library...)
	models := []string{""}
	names := func(list []string, err error) []string {
		if err != nil {
			t.Fatalf("the spec: %s", err)
		}
		return list
	}
	models = append(models, names(s.Further())...)
	models = append(models, names(s.Abstract())...)
	known, err := s.KnownViolations()
	if err != nil {
		t.Fatalf("the spec: %s", err)
	}
	for _, v := range known {
		models = append(models, v.Name)
	}
	for _, name := range models {
		result, config, err := c.CheckModel(t.Context(), s, name)
		if err != nil {
			t.Fatalf("the spec: %s", err)
		}
		if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
			t.Errorf("model %s: %s: %s", cmp.Or(name, s.Name), outcome, message)
		}
	}
	for _, name := range names(s.BrokenRules()) {
		r := &report.Rule{Name: name}
		if err := rules.BreakSpec(t.Context(), c, s, name, r); err != nil {
			t.Fatalf("the spec: %s", err)
		}
		if r.Spec != report.Detected {
			t.Errorf("model %s: %s: %s", name, r.Spec, r.Message)
		}
	}
}

func forTest(t T, folder fs.FS, library ...fs.FS) (*spec.Spec, *run.Runner) {
	t.Helper()
	s, err := spec.Load(folder, library...)
	if err != nil {
		t.Fatalf("the spec: %s", err)
	}
	found, err := tlc.Find(t.Context())
	if err != nil {
		t.Fatalf("%s", err)
	}
	return s, &run.Runner{TLC: found, Parallel: 2}
}
