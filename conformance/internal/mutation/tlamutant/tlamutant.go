// Package tlamutant makes mutants of a TLA+ spec: copies with one small fault
// each, such as a guard that is left out or a `<` that became `<=`.
//
// It works on the syntax tree that SANY gives, so that it knows a guard from an
// assignment and a comment from code, and mutates only what a behaviour can
// reach: the initial predicate, the actions and the fairness.
package tlamutant

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// Kind says what a mutant changes.
type Kind string

const (
	// LeaveOut leaves out a conjunct that is no assignment.
	LeaveOut Kind = "leave-out"
	// Stays leaves out an assignment: the variable keeps its value.
	Stays Kind = "stays"
	// ShiftBound exchanges < and <=, > and >=.
	ShiftBound Kind = "shift-bound"
	// Equality exchanges = and #.
	Equality Kind = "equality"
	// DropOne drops a `+ 1` or `- 1`.
	DropOne Kind = "drop-one"
	// SwapArms exchanges the arms of an IF.
	SwapArms Kind = "swap-arms"
	// DropMember leaves one member out of a set that is listed.
	DropMember Kind = "drop-member"
	// DropFairness leaves out a fairness condition.
	DropFairness Kind = "drop-fairness"
	// WeakenFairness makes a strong fairness condition a weak one.
	WeakenFairness Kind = "weaken-fairness"
)

// Kinds are all of them.
var Kinds = []Kind{LeaveOut, Stays, ShiftBound, Equality, DropOne, SwapArms, DropMember, DropFairness, WeakenFairness}

// Mutant is one change of one module.
type Mutant struct {
	// ID is stable as long as the definition and the mutated text keep their
	// names and their words: kind:definition:hash.
	ID         string
	Kind       Kind
	Definition string // the operator, such as an action, in which the change is
	Module     string
	Line       int
	// Before and After are the text that the change concerns and the new one,
	// each in one line.
	Before, After string

	edits []edit
}

// edit replaces the text from one place up to another, which no longer belongs
// to it. Lines and columns begin with 1.
type edit struct {
	line, column, endLine, endColumn int
	text                             string
}

// Spec is what mutants are made of.
type Spec struct {
	Syntax *sany.Syntax
	// Sources are the modules that may be mutated, by name, with their tabs
	// turned into blanks, as SANY counts columns.
	Sources map[string]string
	// Roots are the definitions that say what the behaviours are: Spec, or Init
	// and Next.
	Roots []string
	// Replaced are the definitions that the model's cfg puts in the place of
	// others.
	Replaced map[string]string
}

// ErrRoot means that a root is not defined.
var ErrRoot = errors.New("there is no such definition")

// Find makes all mutants, in the order of their places.
func (s Spec) Find() ([]*Mutant, error) {
	f := &finder{Spec: s, lines: map[string][][]rune{}, entered: map[*sany.Symbol]bool{}}
	for module, source := range s.Sources {
		for line := range strings.SplitSeq(source, "\n") {
			f.lines[module] = append(f.lines[module], []rune(line))
		}
	}
	for _, root := range s.Roots {
		d := f.definition(root)
		if d == nil {
			return nil, fmt.Errorf("%w: %s", ErrRoot, root)
		}
		f.initial = d.Level <= ofState
		f.enter(d, "")
	}
	slices.SortStableFunc(f.found, func(a, b *Mutant) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.edits[0].line, b.edits[0].line),
			cmp.Compare(a.edits[0].column, b.edits[0].column), cmp.Compare(a.Kind, b.Kind))
	})
	seen := map[string]int{}
	for _, m := range f.found {
		base := string(m.Kind) + ":" + m.Definition + ":" + m.Before + "\x00" + m.After
		seen[base]++
		sum := sha256.Sum256([]byte(base + strconv.Itoa(seen[base])))
		m.ID = string(m.Kind) + ":" + m.Definition + ":" + hex.EncodeToString(sum[:4])
	}
	return f.found, nil
}

// Apply makes the change in the source of the mutant's module. A column can
// mean something in TLA+, so the new text stands in a line of its own, and all
// that was there keeps its column.
func (m *Mutant) Apply(source string) string {
	return m.change(source, func(before []rune, text string, column, rest int) string {
		indent := strings.Repeat(" ", column-1)
		return string(before) + "\n" + indent + text + "\n" + strings.Repeat(" ", rest-1)
	})
}

// Shown is the source with the change as a person would have made it.
func (m *Mutant) Shown(source string) string {
	return m.change(source, func(before []rune, text string, _, _ int) string { return string(before) + text })
}

func (m *Mutant) change(source string, put func(before []rune, text string, column, rest int) string) string {
	var lines [][]rune
	for line := range strings.SplitSeq(source, "\n") {
		lines = append(lines, []rune(line))
	}
	var b strings.Builder
	line, column := 1, 1 // what was not yet written begins here
	rest := func() []rune { return lines[line-1][column-1:] }
	for _, e := range m.edits {
		for line < e.line {
			b.WriteString(string(rest()) + "\n")
			line, column = line+1, 1
		}
		b.WriteString(put(lines[line-1][column-1:e.column-1], e.text, e.column, e.endColumn))
		line, column = e.endLine, e.endColumn
	}
	b.WriteString(string(rest()))
	for ; line < len(lines); line++ {
		b.WriteString("\n" + string(lines[line]))
	}
	return b.String()
}
