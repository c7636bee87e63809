package conformance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Limit is a model that shows what a spec cannot promise: no rule is left out of
// it, and yet TLC must find a property violated, because the model asks for more,
// or assumes less, than can be had. Its cfg stands beside the ordinary one, and
// says so in its first two lines:
//
//	\* expect: violates AllIsResolved
//	\* shows: who has promised waits for as long as the coordinator stays away
type Limit struct {
	Name     string `json:"name"`     // Blocking, of XBlocking.cfg
	Violates string `json:"violates"` // the property
	Shows    string `json:"shows"`    // a sentence
}

var showsLine = regexp.MustCompile(`\A.*\n\\\* shows: (.+)\n`)

// Limits returns the models that show what the spec cannot promise. One that
// does not say what it shows is bad input.
func (s *Spec) Limits() ([]Limit, error) {
	models, err := s.Models()
	if err != nil {
		return nil, err
	}
	var limits []Limit
	for _, file := range models {
		name := strings.TrimSuffix(strings.TrimPrefix(file, s.Name), ".cfg")
		job, config, err := s.Model(name)
		if err != nil {
			return nil, err
		}
		if name == "" || config.Expect == nil || config.Expect.Violates == "" {
			continue
		}
		says := showsLine.FindSubmatch(job.Files[job.Config])
		if says == nil {
			return nil, fmt.Errorf("%w: %s: a property is violated though no rule is left out; the second line must say what that shows: `\\* shows: SENTENCE`", ErrInput, file)
		}
		limits = append(limits, Limit{Name: name, Violates: config.Expect.Violates, Shows: strings.TrimSpace(string(says[1]))})
	}
	slices.SortFunc(limits, func(a, b Limit) int { return strings.Compare(a.Name, b.Name) })
	return limits, nil
}

// limits checks that TLC finds the counterexamples that are to be there.
func (k *check) limits(ctx context.Context) error {
	limits, err := k.spec.Limits()
	if err != nil {
		return err
	}
	k.Model.Limits = limits // nobody else writes this field
	for _, l := range limits {
		result, config, err := k.CheckModel(ctx, k.spec, l.Name)
		if err != nil {
			return err
		}
		if outcome, message := Expected(result, config.Expect); outcome != Accepted {
			k.problem(outcome, "model %s: %s", l.Name, message)
		}
	}
	return nil
}

// limit lets TLC find the counterexample of a limit, as if it were that of a
// rule, so that it can be drawn like one.
func (c *Checker) limit(ctx context.Context, s *Spec, name string) (*Rule, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return nil, err
	}
	job.Short = true // with one worker the counterexample is the same each time
	result, err := c.run(ctx, job)
	if err != nil {
		return nil, err
	}
	if outcome, message := Expected(result, config.Expect); outcome != Accepted {
		return nil, fmt.Errorf("%w: %s shows no counterexample: %s", ErrInput, name, message)
	}
	return &Rule{Name: name, Violates: result.Violated, Spec: CaughtRight, Counterexample: result.Trace, Loop: result.Loop}, nil
}
