// Package mutation measures how much gets past a pattern's check. It puts small
// faults into the spec and into the code, one at a time, and finds out what
// notices each: a property of the model, the replay of traces, Explore, a run
// that does not end well, the package's own tests, or nothing.
package mutation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Subject is a pattern, as far as it takes part in being mutated.
type Subject struct {
	Name    string
	Spec    fs.FS
	Library []fs.FS
	// Package is the import path of the code, and Main that of a program that
	// calls conformance.Reexec with the pattern.
	Package, Main string
	// System makes the code that Explore drives. It is nil if there is no code.
	System func(*trace.Recorder) (explore.System, error)
	// Record runs the pattern's scenarios and leaves their traces in dir.
	Record func(ctx context.Context, dir string) ([]string, error)
	// Equivalent are the mutants that make no difference.
	Equivalent []Equivalent
}

// Equivalent names a mutant that makes no difference, with the reason.
type Equivalent struct {
	ID     string // as Mutant.ID
	Reason string
}

// Side is the spec or the code.
type Side string

const (
	Spec Side = "spec"
	Code Side = "code"
)

// Options say which mutants are tried.
type Options struct {
	// N is how many mutants of each side are tried; 0 stands for all.
	N int
	// Seed chooses them.
	Seed uint64
	// Side limits the run to one side; "" stands for both.
	Side Side
	// Model is "", or the name of an abstract spec in the folder. Then its mutants are tried
	// and no others, and only models can notice them: its own, and those of the spec.
	Model string
	// ID tries one mutant only, whatever the other options say.
	ID string
}

// Stage is what noticed a mutant.
type Stage string

const (
	ByProperty Stage = "property" // of a model that every check runs
	ByReplay   Stage = "replay"   // recorded traces against the spec
	ByExplore  Stage = "explore"  // the bounded model against the code
	ByRun      Stage = "run"      // a run fails, panics or does not end
	ByTests    Stage = "tests"    // the package's own
	Survived   Stage = "survived"
	Unsure     Stage = "unsure" // survived, and something ended without a verdict
)

// Mutant is one mutant and what became of it.
type Mutant struct {
	// ID is side:kind:place:hash, stable while the text is the same. The side of an abstract
	// spec's mutant is spec/NAME.
	ID    string `json:"id"`
	Side  Side   `json:"side"`
	Kind  string `json:"kind"`
	Place string `json:"place"` // the definition or the function
	File  string `json:"file"`
	Line  int    `json:"line"`
	// Part is "core" or "shell" of the code, "" of a spec.
	Part string `json:"part,omitempty"`
	Diff string `json:"diff"`
	// Noticed says what noticed the mutant first, and By in a few words how.
	Noticed Stage  `json:"noticed"`
	By      string `json:"by,omitempty"`
	// Unsure says which stages ended without a verdict, such as by a time-out.
	Unsure []string `json:"unsure,omitempty"`
	// Unreached says that no run, no exploration and no test came by the place.
	Unreached bool `json:"unreached,omitempty"`

	number  int // of a mutant of the code
	invalid bool
}

// notice sets the stage that noticed the mutant, unless there is one.
func (m *Mutant) notice(by Stage, format string, args ...any) {
	if m.Noticed == "" {
		m.Noticed, m.By = by, oneLine(fmt.Sprintf(format, args...))
	}
}

// maxWords is how long a note may become, in bytes.
const maxWords = 240

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "") + " ..."
	}
	return s
}

// unsure notes that a stage has no verdict.
func (m *Mutant) unsure(stage Stage, why string) {
	m.Unsure = append(m.Unsure, string(stage)+": "+oneLine(why))
}

// settle is for a mutant that has been through all stages.
func (m *Mutant) settle() {
	switch {
	case m.Noticed != "":
	case len(m.Unsure) > 0:
		m.Noticed = Unsure
	default:
		m.Noticed = Survived
	}
}

// Report is what became of the mutants of a pattern.
type Report struct {
	Pattern string `json:"pattern"`
	Seed    uint64 `json:"seed"`
	// Made is how many mutants there are of a side, without the equivalent ones.
	Made map[Side]int `json:"made"`
	// Equivalent is how many are listed as making no difference.
	Equivalent map[Side]int `json:"equivalent"`
	Mutants    []*Mutant    `json:"mutants"`
	Seconds    float64      `json:"seconds"`
}

// Of are the mutants of one side and part; a part of "" stands for all.
func (r *Report) Of(side Side, part string) []*Mutant {
	var some []*Mutant
	for _, m := range r.Mutants {
		if m.Side == side && (part == "" || m.Part == part) {
			some = append(some, m)
		}
	}
	return some
}

// Count is how many of the mutants were noticed by one of the stages.
func Count(mutants []*Mutant, by ...Stage) int {
	n := 0
	for _, m := range mutants {
		if slices.Contains(by, m.Noticed) {
			n++
		}
	}
	return n
}

// Anything is every stage that notices.
var Anything = []Stage{ByProperty, ByReplay, ByExplore, ByRun, ByTests}

// Survivors are the mutants that nothing noticed.
func (r *Report) Survivors() []*Mutant {
	return slices.DeleteFunc(slices.Clone(r.Mutants), func(m *Mutant) bool { return slices.Contains(Anything, m.Noticed) })
}

// Run makes mutants and tries them. The error is for bad input, among it an
// entry of Subject.Equivalent that names no mutant any more, and for what kept
// mutants from being tried at all.
func Run(ctx context.Context, c *run.Runner, s Subject, o Options) (*Report, error) {
	began := time.Now()
	r := &Report{Pattern: s.Name, Seed: o.Seed, Made: map[Side]int{}, Equivalent: map[Side]int{}, Mutants: []*Mutant{}}
	sides := map[Side]func(context.Context, *run.Runner, Subject, *choice, *Report) error{Spec: runSpec, Code: runCode}
	if o.ID != "" {
		side, _, ok := strings.Cut(o.ID, ":")
		side, o.Model, _ = strings.Cut(side, "/")
		if o.Side = Side(side); !ok || sides[o.Side] == nil {
			return nil, fmt.Errorf("%w: the ID of a mutant begins with spec:, spec/NAME: or code:, not %q", spec.ErrInput, o.ID)
		}
	}
	if o.Model != "" {
		o.Side = Spec
	}
	for _, side := range []Side{Spec, Code} {
		if o.Side != "" && o.Side != side {
			continue
		}
		if err := sides[side](ctx, c, s, &choice{Options: o, side: side, equivalent: s.Equivalent}, r); err != nil {
			return nil, fmt.Errorf("%s: mutants of the %s: %w", s.Name, side, err)
		}
	}
	r.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	return r, nil
}

// choice is which of a side's mutants are tried.
type choice struct {
	Options
	side       Side
	equivalent []Equivalent
}

// prefix is how the IDs of these mutants begin.
func (c *choice) prefix() string {
	if c.Model != "" {
		return string(c.side) + "/" + c.Model + ":"
	}
	return string(c.side) + ":"
}

// errStale means that an entry for an equivalent mutant has to go.
var errStale = errors.New("an equivalent mutant is listed that there is none of any more")

// order puts the mutants in the order in which they are tried: at random, and
// in turn from each place, so that the first few are spread over all. Those
// that make no difference are left out.
func (c *choice) order(all []*Mutant, r *Report) ([]*Mutant, error) {
	if c.ID != "" {
		at := slices.IndexFunc(all, func(m *Mutant) bool { return m.ID == c.ID })
		if at < 0 {
			return nil, fmt.Errorf("%w: there is no mutant %s", spec.ErrInput, c.ID)
		}
		return all[at : at+1], nil
	}
	same := map[string]bool{}
	for _, e := range c.equivalent {
		if !strings.HasPrefix(e.ID, c.prefix()) {
			continue
		}
		if !slices.ContainsFunc(all, func(m *Mutant) bool { return m.ID == e.ID }) {
			return nil, fmt.Errorf("%w: %w: %s", spec.ErrInput, errStale, e.ID)
		}
		same[e.ID] = true
	}
	random := rand.New(rand.NewPCG(c.Seed, uint64(len(c.side))))
	var places []string
	byPlace := map[string][]*Mutant{}
	for _, m := range all {
		if same[m.ID] {
			continue
		}
		if byPlace[m.Place] == nil {
			places = append(places, m.Place)
		}
		byPlace[m.Place] = append(byPlace[m.Place], m)
	}
	random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	for _, p := range places {
		list := byPlace[p]
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	var order []*Mutant
	for turn := 0; len(order) < len(all)-len(same); turn++ {
		for _, p := range places {
			if turn < len(byPlace[p]) {
				order = append(order, byPlace[p][turn])
			}
		}
	}
	r.Made[c.side], r.Equivalent[c.side] = len(order), len(same)
	return order, nil
}

// first are the first N of them.
func (c *choice) first(order []*Mutant) []*Mutant {
	if c.N > 0 && c.N < len(order) {
		return order[:c.N]
	}
	return order
}
