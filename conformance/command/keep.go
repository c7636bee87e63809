package command

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/inputs"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

// findOrCheck returns the report of each pattern: one that is kept, or else that
// of a check, which is kept if it is accepted.
func (p *Program) findOrCheck(ctx context.Context, checker *conformance.Checker, c *cli.Command, patterns []*conformance.Pattern) ([]*conformance.Report, error) {
	if c.Bool("fresh") {
		checker.TLC.Store = checker.TLC.Store.Fresh()
	}
	more := []string{checker.TLC.Identity(), c.Duration("timeout").String(), fmt.Sprint(c.Int("memory"))}
	keys := map[string]string{}
	if checker.TLC.Store != nil {
		var err error
		if keys, err = p.keys(ctx, patterns, more); err != nil {
			return nil, err
		}
	}
	reports := make([]*conformance.Report, len(patterns))
	var missing []*conformance.Pattern
	for i, pattern := range patterns {
		if data, ok := checker.TLC.Store.Get(keys[pattern.Name]); ok {
			if r, err := report.Decode(data); err == nil && r.Verdict == report.Accepted {
				r.Cached = true
				reports[i] = r
				continue
			}
		}
		missing = append(missing, pattern)
	}
	if len(missing) == 0 {
		return reports, nil
	}
	breaker := conformance.NewBreaker(p.Main, missing...)
	defer breaker.Close()
	checked, err := checker.CheckAll(ctx, missing, breaker)
	if err != nil {
		return nil, err
	}
	if keys, err = p.same(ctx, missing, keys, more); err != nil {
		return nil, err
	}
	for _, r := range checked {
		at := slices.IndexFunc(patterns, func(p *conformance.Pattern) bool { return p.Name == r.Pattern })
		reports[at] = r
		if key, ok := keys[r.Pattern]; ok && r.Verdict == conformance.Accepted {
			data, err := report.Encode(r)
			if err == nil {
				err = checker.TLC.Store.Put(key, data)
			}
			if err != nil {
				fmt.Fprintf(p.err, "the result of %s is not kept: %s\n", r.Pattern, err)
			}
		}
	}
	return reports, nil
}

// keys are the keys of these patterns' checks, by name; none where it cannot be
// known what the checks depend on, which is said.
func (p *Program) keys(ctx context.Context, of []*conformance.Pattern, more []string) (map[string]string, error) {
	keys := map[string]string{}
	if p.Sources == nil {
		return keys, nil
	}
	program, err := inputs.Gather(ctx, p.Main, p.Sources)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var all []inputs.Pattern
	for _, pattern := range p.Patterns {
		all = append(all, inputs.Pattern{
			Name: pattern.Name, Owners: inputs.Owners(pattern), Files: append([]fs.FS{pattern.Spec, pattern.Broken}, pattern.Library...),
		})
	}
	for i, pattern := range p.Patterns {
		if err == nil && slices.Contains(of, pattern) {
			keys[all[i].Name], err = program.Key(all, i, more...)
		}
	}
	if err != nil {
		fmt.Fprintf(p.err, "results are neither taken from the store nor kept: %s\n", err)
		return map[string]string{}, nil
	}
	return keys, nil
}

// same are those of the keys that are what they were, after a check: what was
// changed meanwhile may be in a part of it.
func (p *Program) same(ctx context.Context, of []*conformance.Pattern, keys map[string]string, more []string) (map[string]string, error) {
	if len(keys) == 0 {
		return keys, nil
	}
	now, err := p.keys(ctx, of, more)
	if err != nil {
		return nil, err
	}
	same := map[string]string{}
	for name, key := range keys {
		if now[name] == key {
			same[name] = key
		}
	}
	return same, nil
}
