package analysis

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Sequences knows which arguments of steps, and which parts of them, the spec has
// as sequences. TLC takes the string "tm" for a member of Seq({"t", "m"}), though
// it is no sequence of strings in TLA+. By step, it holds the arguments of each
// use of Step.
type Sequences map[string][]map[string]*shape

var usesSeq = regexp.MustCompile(`\bSeq\s*\(`)

// SequencesOf finds the sequences in the sets of Arg. The result is nil for a spec
// without any.
func SequencesOf(ctx context.Context, s *spec.Spec, c *run.Runner) (Sequences, error) {
	uses := false
	for name, source := range s.Files {
		uses = uses || !s.IsOwn(name) && usesSeq.Match(source)
	}
	if !uses {
		return nil, nil
	}
	y, err := Of(ctx, s, c)
	if err != nil {
		return nil, err
	}
	all := Sequences{}
	for _, site := range y.Steps() {
		args := map[string]*shape{}
		for _, arg := range argsAround(site) {
			args[arg.Args[0].Text] = y.shapeOf(arg.Args[1], nil)
		}
		all[site.Step] = append(all[site.Step], args)
	}
	return all, nil
}

// Check returns the fault of an event that has a string where every use of its
// step has a sequence; "" if there is none.
func (q Sequences) Check(e *trace.Event) string {
	fault := ""
	for _, args := range q[e.Step] {
		fault = ""
		for _, name := range tla.SortedKeys(args) {
			if v, ok := e.Args[name]; ok && fault == "" {
				fault = args[name].check("args."+name, v)
			}
		}
		if fault == "" {
			return ""
		}
	}
	return fault
}

func (s *shape) check(path string, v trace.Value) string {
	if s == nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		if slices.Equal(s.kinds, []string{"sequence"}) {
			return fmt.Sprintf("%s is the string %q, and the spec has a sequence there", path, v)
		}
	case []trace.Value:
		for i := range v {
			of := s.member
			if i < len(s.items) {
				of = s.items[i]
			}
			if fault := of.check(fmt.Sprintf("%s[%d]", path, i+1), v[i]); fault != "" {
				return fault
			}
		}
	case map[string]trace.Value:
		for _, name := range tla.SortedKeys(v) {
			of, ok := s.fields[name]
			if !ok {
				of = s.member
			}
			if fault := of.check(path+"."+name, v[name]); fault != "" {
				return fault
			}
		}
	}
	return ""
}
