package gomutant

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The names that the schemata put into the package.
const (
	activeName = "lockstepMutated"
	pickName   = "lockstepPick"
)

// ActiveEnv holds the number of the mutant that a process is to be.
const ActiveEnv = "LOCKSTEP_MUTANT"

// ReachedEnv names a file to which a process adds the number of each mutant
// whose place it comes by for the first time, a line each.
const ReachedEnv = "LOCKSTEP_REACHED"

// ChoiceFile is the base name of the file that is added to the package.
const ChoiceFile = "lockstep_mutants.go"

const choice = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

// lockstepActive is the mutant that this process is, or 0.
var lockstepActive = func() int {
	n, _ := strconv.Atoi(os.Getenv(%q))
	return n
}()

var lockstepReached = os.Getenv(%q)

var lockstepSeen [%d]atomic.Bool

func lockstepMutated(n int) bool {
	if lockstepReached != "" && !lockstepSeen[n].Swap(true) {
		if f, err := os.OpenFile(lockstepReached, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			_, _ = f.WriteString(strconv.Itoa(n) + "\n")
			_ = f.Close()
		}
	}
	return lockstepActive == n
}

func lockstepPick[T any](n int, mutated, original T) T {
	if lockstepMutated(n) {
		return mutated
	}
	return original
}
`

// Files are the package's files with all its mutants in them, by base name:
// those that have one, and the ChoiceFile.
func (p *Package) Files() map[string][]byte { return p.schemata(p.Mutants) }

// schemata are the files with some of the mutants in them.
func (p *Package) schemata(mutants []*Mutant) map[string][]byte {
	byFile := map[string][]*Mutant{}
	last := 0
	for _, m := range mutants {
		byFile[m.File] = append(byFile[m.File], m)
		last = max(last, m.Number)
	}
	files := map[string][]byte{}
	for file, here := range byFile {
		files[file] = []byte(render(string(p.files[file]), here))
	}
	files[ChoiceFile] = fmt.Appendf(nil, choice, p.Name, ActiveEnv, ReachedEnv, last+1)
	return files
}

// render writes a file with its mutants as choices. Any two places are nested,
// or have nothing in common.
func render(source string, mutants []*Mutant) string {
	var todo []place
	for _, m := range mutants {
		todo = append(todo, m.places...)
	}
	slices.SortStableFunc(todo, func(a, b place) int { // the outer ones first
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(b.rank, a.rank))
	})
	var write func(from, to int) string
	write = func(from, to int) string {
		var b strings.Builder
		for len(todo) > 0 && todo[0].to <= to {
			p := todo[0]
			todo = todo[1:]
			b.WriteString(source[from:p.from])
			b.WriteString(p.schema(write(p.from, p.to)))
			from = p.to
		}
		b.WriteString(source[from:to])
		return b.String()
	}
	return write(0, len(source))
}

// compiling drops the mutants with which the package does not compile.
func (l *Loaded) compiling(p *Package) error {
	if _, _, _, err := l.check(l.sources); err != nil {
		return err
	}
	var good []*Mutant
	var try func(some []*Mutant)
	try = func(some []*Mutant) {
		switch {
		case len(some) == 0:
		case l.compiles(p, some):
			good = append(good, some...)
		case len(some) > 1:
			half := len(some) / 2
			try(some[:half])
			try(some[half:])
		}
	}
	try(p.Mutants)
	if len(good) > 0 && !l.compiles(p, good) {
		return errors.New("they compile apart and not together")
	}
	p.Mutants = good
	return nil
}

func (l *Loaded) compiles(p *Package, mutants []*Mutant) bool {
	sources := maps.Clone(l.sources)
	maps.Copy(sources, p.schemata(mutants))
	_, _, _, err := l.check(sources)
	return err == nil
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Reached reads the file that ReachedEnv named: the numbers of the mutants whose
// places some process came by. It is empty if there is no such file.
func Reached(file string) (map[int]bool, error) {
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	reached := map[int]bool{}
	for line := range strings.Lines(string(content)) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		reached[n] = true
	}
	return reached, nil
}
