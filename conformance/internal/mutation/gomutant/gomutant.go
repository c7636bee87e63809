// Package gomutant makes mutants of a Go package: copies with one small fault
// each, such as a statement that is left out or a condition that is negated.
//
// All mutants of a package go into one build. Each mutated place becomes a
// choice that an environment variable makes when the program runs (mutant
// schemata, after Untch, Offutt and Harrold, 1993), so that hundreds of mutants
// cost one compilation.
package gomutant

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// Kind says what a mutant changes.
type Kind string

const (
	// LeaveOut leaves out a statement.
	LeaveOut Kind = "leave-out"
	// Negate turns a condition, or one operand of && and ||, into its contrary.
	Negate Kind = "negate"
	// ShiftBound exchanges < and <=, > and >=, adds one to the constant of a
	// comparison, or drops a `+ 1` or `- 1`.
	ShiftBound Kind = "shift-bound"
	// SwapArguments exchanges two arguments of a call that have the same type.
	SwapArguments Kind = "swap-arguments"
	// ReturnEarly returns zero values at the beginning of a block.
	ReturnEarly Kind = "return-early"
	// IgnoreError goes on as if an error were nil.
	IgnoreError Kind = "ignore-error"
)

// Kinds are all of them.
var Kinds = []Kind{LeaveOut, Negate, ShiftBound, SwapArguments, ReturnEarly, IgnoreError}

// Mutant is one change of a package's source.
type Mutant struct {
	// ID is stable as long as the function and the mutated text keep their
	// names and their words: kind:function:hash.
	ID       string
	Kind     Kind
	Function string // such as Core.Acknowledge
	File     string // its base name
	Line     int
	// Number chooses the mutant at run time. It is its place in Package.Mutants,
	// counted from 1.
	Number int
	// Before and After are the text that the change replaces and the new one.
	Before, After string

	from, to int // offsets in the file
	places   []place
}

// place is one expression or statement that a mutant's schema replaces.
type place struct {
	from, to int // offsets in the file
	rank     int // of two mutants of one place, the lower rank is the inner one
	schema   func(original string) string
}

// Package is a package with all its mutants.
type Package struct {
	Name    string
	Path    string // its import path
	Dir     string
	Mutants []*Mutant

	files map[string][]byte // by base name
}

// Source is the text of one of the package's files.
func (p *Package) Source(file string) string { return string(p.files[file]) }

// Mutated is the text of a mutant's file with the change made.
func (p *Package) Mutated(m *Mutant) string {
	source := p.Source(m.File)
	return source[:m.from] + m.After + source[m.to:]
}

// ByID is the mutant with the given ID, or nil.
func (p *Package) ByID(id string) *Mutant {
	i := slices.IndexFunc(p.Mutants, func(m *Mutant) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return p.Mutants[i]
}

// number sorts the mutants by their place and gives each its ID and number.
func (p *Package) number() {
	slices.SortStableFunc(p.Mutants, func(a, b *Mutant) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	seen := map[string]int{}
	for i, m := range p.Mutants {
		m.Number = i + 1
		if m.ID != "" {
			continue
		}
		base := string(m.Kind) + ":" + m.Function + ":" + m.Before + "\x00" + m.After
		seen[base]++
		sum := sha256.Sum256([]byte(base + strconv.Itoa(seen[base])))
		m.ID = string(m.Kind) + ":" + m.Function + ":" + hex.EncodeToString(sum[:4])
	}
}

// functionName names a function without pointers and type parameters.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + f.Name.Name
		default:
			return f.Name.Name
		}
	}
}

// Find makes all mutants of the package that is loaded with its sources and
// types. Those with which the package would not compile are left out.
func Find(l *Loaded) (*Package, error) {
	p := &Package{Name: l.types.Name(), Path: l.path, Dir: l.dir, files: l.sources}
	for _, file := range l.files {
		name := filepath.Base(l.fset.Position(file.Pos()).Filename)
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			v := &finder{Loaded: l, file: name, function: functionName(f)}
			if v.records(f.Type) {
				continue
			}
			v.body(f.Type, f.Body)
			p.Mutants = append(p.Mutants, v.found...)
		}
	}
	p.number()
	if err := l.compiling(p); err != nil {
		return nil, fmt.Errorf("the mutants of %s: %w", l.path, err)
	}
	p.number()
	return p, nil
}

// offset is a position's place in its file.
func (l *Loaded) offset(p token.Pos) int { return l.fset.Position(p).Offset }
