// Package inputs finds all that the check of a pattern depends on, so that its
// result can be kept: the sources of the program, what it was built with, and the
// pattern's spec.
//
// A program that was built from other sources than those on the disk would check
// old code in its own process and new code with broken rules. So a program carries
// the sources from which it was built, and they are compared.
package inputs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// ErrUnknown is why it cannot be said what a check depends on.
var ErrUnknown = errors.New("what the check depends on is not known")

// Program is the program that checks patterns, with its sources.
type Program struct {
	main     string
	root     string // the folder of its module
	packages map[string]*goPackage
	about    []string // the toolchain and its settings
}

// goPackage is what `go list` says of a package.
type goPackage struct {
	Dir, ImportPath string
	Standard        bool
	Imports         []string
	ImportMap       map[string]string
	Module          *goModule

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SysoFiles, EmbedFiles []string
}

type goModule struct {
	Path, Version, Dir, GoVersion string
	Main                          bool
	Replace                       *goModule
}

// files are all files of a package that come into the program.
func (p *goPackage) files() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SysoFiles, p.EmbedFiles)
}

// Gather reads about the program whose main package is given, and makes sure that
// sources, with which it was built, are those on the disk. One call of the go
// command does for all patterns. All errors wrap ErrUnknown, except those of ctx.
func Gather(ctx context.Context, main string, sources fs.FS) (*Program, error) {
	p := &Program{main: main, packages: map[string]*goPackage{}}
	err := p.gather(ctx, sources)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return p, nil
}

func (p *Program) gather(ctx context.Context, sources fs.FS) error {
	listed, err := goCommand(ctx, "list", "-deps", "-json=Dir,ImportPath,Standard,Imports,ImportMap,Module,GoFiles,CgoFiles,"+
		"CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SysoFiles,EmbedFiles", p.main)
	if err != nil {
		return err
	}
	for decoder := json.NewDecoder(bytes.NewReader(listed)); decoder.More(); {
		var one goPackage
		if err := decoder.Decode(&one); err != nil {
			return err
		}
		p.packages[one.ImportPath] = &one
	}
	main := p.packages[p.main]
	if main == nil || main.Module == nil {
		return fmt.Errorf("%s is in no module", p.main)
	}
	p.root = main.Module.Dir
	if err := p.compare(sources); err != nil {
		return err
	}
	environment, err := goCommand(ctx, "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED", "GODEBUG")
	if err != nil {
		return err
	}
	p.about = append(built(), string(environment), main.Module.GoVersion)
	return nil
}

// goCommand runs the go command and returns what it prints.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := process.RunWhole(cmd); err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// built says with what this program was built; not from which commit, which is no
// part of what it does.
func built() []string {
	about := []string{runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if !strings.HasPrefix(s.Key, "vcs") {
				about = append(about, s.Key+"="+s.Value)
			}
		}
	}
	return about
}

// compare holds the sources that the program carries against those on the disk.
func (p *Program) compare(sources fs.FS) error {
	err := fs.WalkDir(sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		carried, err := fs.ReadFile(sources, name)
		if err != nil {
			return err
		}
		now, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(name)))
		if err != nil || !bytes.Equal(carried, now) {
			return fmt.Errorf("the program is older than its sources: %s; build it again", name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, one := range p.packages {
		if one.Standard {
			continue
		}
		if one.Module == nil || one.Module.Replace != nil && one.Module.Replace.Version == "" {
			return fmt.Errorf("%s is in no module with a version", one.ImportPath)
		}
		if !one.Module.Main {
			continue
		}
		for _, file := range one.files() {
			name, err := filepath.Rel(p.root, filepath.Join(one.Dir, file))
			if err != nil {
				return err
			}
			if _, err := fs.Stat(sources, filepath.ToSlash(name)); err != nil {
				return fmt.Errorf("the program does not carry its source %s: %w", name, err)
			}
		}
	}
	return nil
}

// Pattern is what a check has to do with.
type Pattern struct {
	Name string
	// Owners are the packages that belong to it alone, such as that of its
	// scenarios: see Owners. What is not known to be another pattern's counts.
	Owners []string
	// Files are the folders of its spec.
	Files []fs.FS
}

// Key is the key of the check of one of the patterns that a program has. more are
// further things on which it depends.
func (p *Program) Key(patterns []Pattern, of int, more ...string) (string, error) {
	k := store.NewKey("check 1")
	for _, text := range slices.Concat([]string{patterns[of].Name}, p.about, more) {
		k.AddText("", text)
	}
	own, err := contents(patterns[of].Files)
	if err != nil {
		return "", err
	}
	for _, f := range own {
		k.Add("spec/"+f.name, f.content)
	}
	others := map[string]bool{}
	for i := range patterns {
		files, err := contents(patterns[i].Files)
		if err != nil {
			return "", err
		}
		for _, f := range files {
			others[string(f.content)] = true
		}
	}
	for _, f := range own {
		delete(others, string(f.content))
	}
	for _, path := range p.reachable(patterns, of) {
		if err := p.addPackage(k, path, others); err != nil {
			return "", err
		}
	}
	return k.String(), nil
}

// addPackage adds the files of a package, or the version of its module. A file of
// another pattern's spec that it carries is left out.
func (p *Program) addPackage(k *store.Key, path string, others map[string]bool) error {
	one := p.packages[path]
	k.AddText("package", path)
	switch {
	case one == nil || one.Standard:
		return nil // the version of Go says it
	case !one.Module.Main:
		for m := one.Module; m != nil; m = m.Replace {
			k.AddText("module", m.Path+"@"+m.Version)
		}
		return nil
	}
	for _, file := range one.files() {
		content, err := os.ReadFile(filepath.Join(one.Dir, file))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		if path == p.main && slices.Contains(one.EmbedFiles, file) || slices.Contains(one.EmbedFiles, file) && others[string(content)] {
			continue // the sources that it carries are not what it does
		}
		k.Add(file, content)
	}
	return nil
}

// reachable lists the packages that the program has for a pattern, sorted: all
// but those which it has for the others alone. They are known by this: a package
// that imports the owners of every pattern, as the list of patterns does, needs
// those of the others for them.
func (p *Program) reachable(patterns []Pattern, of int) []string {
	foreign := map[string]bool{}
	for i, pattern := range patterns {
		for _, owner := range pattern.Owners {
			foreign[owner] = foreign[owner] || i != of
		}
	}
	for _, owner := range patterns[of].Owners {
		delete(foreign, owner)
	}
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		one := p.packages[path]
		if seen[path] || one == nil {
			return
		}
		seen[path] = true
		lists := lists(one, patterns)
		for _, imported := range one.Imports {
			if mapped, ok := one.ImportMap[imported]; ok {
				imported = mapped
			}
			if !lists || !foreign[imported] {
				visit(imported)
			}
		}
	}
	visit(p.main)
	list := make([]string, 0, len(seen))
	for path := range seen {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

// lists reports whether a package imports an owner of each pattern.
func lists(one *goPackage, patterns []Pattern) bool {
	for _, pattern := range patterns {
		if !slices.ContainsFunc(pattern.Owners, func(owner string) bool { return slices.Contains(one.Imports, owner) }) {
			return false
		}
	}
	return true
}

type file struct {
	name    string
	content []byte
}

// contents reads all files of some folders.
func contents(folders []fs.FS) ([]file, error) {
	var all []file
	for i, folder := range folders {
		if folder == nil {
			continue
		}
		err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(folder, name)
			all = append(all, file{fmt.Sprintf("%d/%s", i, name), content})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
		}
	}
	return all, nil
}
