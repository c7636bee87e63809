package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// KnownViolation is a model that shows what a spec cannot promise: no rule is left out of
// it, and yet TLC must find a property violated, because the model asks for more,
// or assumes less, than can be had. Its cfg stands beside the ordinary one, and
// says so in its first two lines:
//
//	\* expect: violates AllIsResolved
//	\* shows: a prepared participant waits for as long as the coordinator is away
type KnownViolation struct {
	Name     string `json:"name"`     // Blocking, of XBlocking.cfg
	Violates string `json:"violates"` // the property
	Shows    string `json:"shows"`    // a sentence
}

// largestFurther is how many distinct states a further model may have to be part of every
// check. Larger ones take turns in the tests.
const largestFurther = 10_000

// Further returns the names of the models beside the ordinary one that every check runs:
// those that are to be right, and small.
func (s *Spec) Further() ([]string, error) {
	return s.right(func(distinct int) bool { return distinct <= largestFurther })
}

// Larger returns those that are to be right, and are no part of a check.
func (s *Spec) Larger() ([]string, error) {
	return s.right(func(distinct int) bool { return distinct > largestFurther })
}

func (s *Spec) right(size func(distinct int) bool) ([]string, error) {
	models, err := s.Models()
	if err != nil {
		return nil, err
	}
	var right []string
	for _, file := range models {
		name := strings.TrimSuffix(strings.TrimPrefix(file, s.Name), ".cfg")
		_, config, err := s.Model(name)
		if err != nil {
			return nil, err
		}
		if e := config.Expect; name != "" && e != nil && 0 < e.Distinct && size(e.Distinct) {
			right = append(right, name)
		}
	}
	return right, nil
}

var showsLine = regexp.MustCompile(`\A.*\n\\\* shows: (.+)\n`)

// KnownViolations returns the models that show which properties the spec cannot
// have. A model without the line `shows` is bad input.
func (s *Spec) KnownViolations() ([]KnownViolation, error) {
	models, err := s.Models()
	if err != nil {
		return nil, err
	}
	var limits []KnownViolation
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
		limits = append(limits, KnownViolation{Name: name, Violates: config.Expect.Violates, Shows: strings.TrimSpace(string(says[1]))})
	}
	slices.SortFunc(limits, func(a, b KnownViolation) int { return strings.Compare(a.Name, b.Name) })
	return limits, nil
}
