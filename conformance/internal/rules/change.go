package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Change is what leaves a rule out, as differences with file and line; "" where there
// is none.
type Change struct{ Spec, Code string }

// ChangeOf returns the differences between a rule and what stands in its place, on
// both sides. Without the sources of the code it is that of the spec alone.
func ChangeOf(ctx context.Context, s *spec.Spec, p Code, rule string) (Change, error) {
	var c Change
	var err error
	if c.Spec, err = specChange(s, rule); err != nil {
		return c, err
	}
	c.Code, err = codeChange(ctx, p, rule)
	if errors.Is(err, ErrNoSources) {
		err = nil
	}
	return c, err
}

// specChange shows the definition that the rule's model puts in the place of the rule, or,
// where the rule has no definition of its own, of what carries it.
func specChange(s *spec.Spec, rule string) (string, error) {
	names, err := s.BrokenRules()
	if err != nil || !slices.Contains(names, rule) {
		return "", err
	}
	_, config, err := s.Model(rule)
	if err != nil {
		return "", err
	}
	replaced, ok := config.Constant(rule)
	if !ok {
		at := slices.IndexFunc(config.Constants, func(c tlc.Constant) bool {
			place, _ := Definition(s, c.Definition)
			return strings.HasPrefix(place, s.Name+"Broken.tla:")
		})
		if at < 0 {
			return "", nil
		}
		replaced = config.Constants[at]
	}
	place, before := Definition(s, replaced.Name)
	_, after := Definition(s, replaced.Definition)
	if before == "" || after == "" {
		return "", nil
	}
	_, text := Diff(before, after)
	return place + "\n" + text, nil
}

// Definition is the text of a definition in a module of the spec, up to the next line
// at the margin, and its place, FILE:LINE. Both are "" if there is none. Modules that the
// spec refines are others: they may have a definition of the same name.
func Definition(s *spec.Spec, name string) (place, text string) {
	begin := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `(\([^)]*\))?\s*==`)
	sources := sany.NewSources(s.Files)
	modules := append(sources.StandsOn(s.Name+"Steps"), sources.StandsOn(s.Name+"Broken")...)
	slices.Sort(modules)
	for _, module := range slices.Compact(modules) {
		file := module + ".tla"
		source := string(s.Files[file])
		at := begin.FindStringIndex(source)
		if at == nil || s.IsOwn(file) {
			continue
		}
		lines := strings.Split(source[at[0]:], "\n")
		end := 1
		for end < len(lines) && strings.HasPrefix(lines[end], " ") {
			end++
		}
		return fmt.Sprintf("%s:%d", file, 1+strings.Count(source[:at[0]], "\n")), strings.Join(lines[:end], "\n")
	}
	return "", ""
}

// codeChange shows the functions that stand in the place of those that carry the rule.
func codeChange(ctx context.Context, p Code, rule string) (string, error) {
	all, err := BrokenRules(p)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(all, func(r *brokenRule) bool { return r.Name == rule })
	if at < 0 {
		return "", nil
	}
	dir, err := PackageDir(ctx, p.Package)
	if err != nil {
		return "", err
	}
	places, before, err := Functions(dir)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, d := range all[at].file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || before[functionKey(f)] == "" {
			continue
		}
		after, err := functionText(all[at].fset, f)
		if err != nil {
			return "", err
		}
		_, text := Diff(before[functionKey(f)], after)
		out.WriteString(places[functionKey(f)] + "\n" + text)
	}
	return out.String(), nil
}

// Functions returns the texts of the functions of the package in a folder, and their
// places, FILE:LINE, by their names, such as Core.Acknowledge.
func Functions(dir string) (places, texts map[string]string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	places, texts = map[string]string{}, map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Base(name), source, 0)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				if texts[functionKey(f)], err = functionText(fset, f); err != nil {
					return nil, nil, err
				}
				places[functionKey(f)] = fmt.Sprintf("%s:%d", filepath.Base(name), fset.Position(f.Pos()).Line)
			}
		}
	}
	return places, texts, nil
}

// functionText is a function as gofmt writes it, without its comment.
func functionText(fset *token.FileSet, f *ast.FuncDecl) (string, error) {
	bare := *f
	bare.Doc = nil
	var b bytes.Buffer
	err := format.Node(&b, fset, &bare)
	return b.String(), err
}

// Diff shows the lines that differ between two texts: those that go with a minus, those
// that come with a plus. Equal lines at both ends are left out. first is the number of
// the first line that differs, from 1.
func Diff(before, after string) (first int, text string) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	begin := 0
	for begin < min(len(a), len(b)) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < min(len(a), len(b))-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out strings.Builder
	for _, line := range a[begin : len(a)-end] {
		out.WriteString("-" + line + "\n")
	}
	for _, line := range b[begin : len(b)-end] {
		if strings.TrimSpace(line) != "" { // what is left of a line of which all is left out
			out.WriteString("+" + line + "\n")
		}
	}
	return begin + 1, out.String()
}
