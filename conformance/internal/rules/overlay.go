package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// brokenRule is a rule as it is broken in the code: the functions that
// implement it, with another body.
type brokenRule struct {
	Name   string
	Says   string        // the comment's first sentence
	expect []expectation // where its traces must be rejected
	file   *ast.File
	fset   *token.FileSet
}

// expectation is a step and a reason with which the traces of broken code may
// be rejected.
type expectation struct {
	explored bool // detected by Explore, not by Replay
	step     string
	reason   report.Reason
}

func (e expectation) String() string {
	how := "refused"
	if e.explored {
		how = "explored"
	}
	return fmt.Sprintf("%s at %s (%s)", how, e.step, e.reason)
}

// explored reports whether Explore must detect the rule.
func (r *brokenRule) explored() bool {
	return slices.ContainsFunc(r.expect, func(e expectation) bool { return e.explored })
}

var (
	expectLine  = regexp.MustCompile(`(?m)^expect: (refused|explored) at (.+)$`)
	expectPlace = regexp.MustCompile(`^(\w+) \((guard|state|invariant|error)\)$`)
)

// BrokenRules reads the RULE.go files of a pattern, sorted by name.
func BrokenRules(p Code) ([]*brokenRule, error) {
	if p.Broken == nil {
		return nil, nil
	}
	var names []string
	for _, where := range []string{"*.go", "broken/*.go"} {
		found, err := fs.Glob(p.Broken, where)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	var rules []*brokenRule
	for _, name := range names {
		source, err := fs.ReadFile(p.Broken, name)
		if err != nil {
			return nil, err
		}
		r, err := parseBroken(path.Base(name), source)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", spec.ErrInput, name, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseBroken(name string, source []byte) (*brokenRule, error) {
	r := &brokenRule{Name: strings.TrimSuffix(name, ".go"), fset: token.NewFileSet()}
	var err error
	if r.file, err = parser.ParseFile(r.fset, name, source, parser.ParseComments); err != nil {
		return nil, err
	}
	for _, group := range r.file.Comments {
		if group.Pos() > r.file.Package && len(r.expect) > 0 {
			break
		}
		said := group.Text()
		found := expectLine.FindAllStringSubmatchIndex(said, -1)
		for _, at := range found {
			for place := range strings.SplitSeq(said[at[4]:at[5]], ", ") {
				m := expectPlace.FindStringSubmatch(place)
				if m == nil {
					return nil, fmt.Errorf("expected `STEP (guard|state|invariant|error)`, found %q", place)
				}
				r.expect = append(r.expect, expectation{said[at[2]:at[3]] == "explored", m[1], report.Reason(m[2])})
			}
		}
		if len(found) > 0 {
			r.Says = strings.Join(strings.Fields(said[:found[0][0]]), " ")
		}
	}
	if len(r.expect) == 0 {
		return nil, fmt.Errorf("the comment needs a line `expect: refused at STEP (guard|state|invariant)`")
	}
	return r, nil
}

// functionKey names a function or a method without pointers and type
// parameters: `engine.MayAcknowledge`.
func functionKey(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
			continue
		case *ast.IndexExpr:
			t = x.X
			continue
		case *ast.IndexListExpr:
			t = x.X
			continue
		case *ast.Ident:
			return x.Name + "." + f.Name.Name
		}
		return f.Name.Name
	}
}

// Overlay is the set of files with which the go command builds a program that
// differs from its sources. It holds broken rules or mutants, and none is active
// unless a variable of the environment names it.
type Overlay struct {
	dir     string // the folder for the changed files
	replace map[string]string
}

// NewOverlay keeps the changed files in dir.
func NewOverlay(dir string) *Overlay { return &Overlay{dir: dir, replace: map[string]string{}} }

// Put has a file of the sources, or one that is not there, replaced.
func (o *Overlay) Put(original string, content []byte) error {
	file := filepath.Join(o.dir, strconv.Itoa(len(o.replace))+"_"+filepath.Base(original))
	o.replace[original] = file
	return os.WriteFile(file, content, 0o644)
}

func (o *Overlay) write() (string, error) {
	content, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(o.dir, "overlay.json")
	return file, os.WriteFile(file, content, 0o644)
}

// add puts the broken rules of one pattern beside the functions that they
// replace, in the package whose sources are in dir. It renames each such
// function, and adds a function of the old name that calls the original or a
// broken one.
func (o *Overlay) add(pattern, dir string, rules []*brokenRule) error {
	places := map[string][]string{} // function key: rules that replace it
	for _, r := range rules {
		for _, d := range r.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				places[functionKey(f)] = append(places[functionKey(f)], r.Name)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		changed, err := keepFunctions(file, pattern, places, found)
		if err != nil {
			return err
		}
		if changed != nil {
			if err := o.Put(file, changed); err != nil {
				return err
			}
		}
	}
	for _, r := range rules {
		content, err := r.renamed(found)
		if err != nil {
			return err
		}
		if err := o.Put(filepath.Join(dir, "lockstep_broken_"+r.Name+".go"), content); err != nil {
			return err
		}
	}
	return nil
}

// keepFunctions renames, in one source file, the functions that some rule
// replaces, and appends the functions that choose. It returns nil if there are
// none.
func keepFunctions(file, pattern string, places map[string][]string, found map[string]bool) ([]byte, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out, choices bytes.Buffer
	from := 0
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || len(places[functionKey(f)]) == 0 {
			continue
		}
		found[functionKey(f)] = true
		at := fset.Position(f.Name.Pos()).Offset
		out.Write(source[from:at])
		out.WriteString("lockstepKept" + f.Name.Name)
		from = at + len(f.Name.Name)
		if err := writeChoiceOf(&choices, fset, f, pattern, places[functionKey(f)]); err != nil {
			return nil, err
		}
	}
	if choices.Len() == 0 {
		return nil, nil
	}
	out.Write(source[from:])
	out.Write(choices.Bytes())
	return out.Bytes(), nil
}

// writeChoiceOf writes the function that calls a broken form of f if its rule
// is broken, and the original otherwise.
func writeChoiceOf(w *bytes.Buffer, fset *token.FileSet, f *ast.FuncDecl, pattern string, rules []string) error {
	call := ""
	receiver := ""
	if f.Recv != nil {
		nameParameters(f.Recv, "lockstepReceiver")
		receiver = f.Recv.List[0].Names[0].Name + "."
	}
	if params := f.Type.Params; params != nil {
		nameParameters(params, "lockstepParameter")
		var names []string
		for _, p := range params.List {
			_, variadic := p.Type.(*ast.Ellipsis)
			for _, n := range p.Names {
				if variadic {
					names = append(names, n.Name+"...")
				} else {
					names = append(names, n.Name)
				}
			}
		}
		call = strings.Join(names, ", ")
	}
	back, end := "", "\n\treturn"
	if f.Type.Results != nil && len(f.Type.Results.List) > 0 {
		back, end = "return ", ""
	}
	var signature bytes.Buffer
	if err := printer.Fprint(&signature, fset, &ast.FuncDecl{Recv: f.Recv, Name: f.Name, Type: f.Type}); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s {\n\tswitch lockstepBroken() {\n", signature.String())
	for _, rule := range rules {
		fmt.Fprintf(w, "\tcase %q:\n\t%s%slockstepBroken%s%s(%s)%s\n",
			pattern+"/"+rule, back, receiver, rule, f.Name.Name, call, end)
	}
	fmt.Fprintf(w, "\t}\n\t%s%slockstepKept%s(%s)\n}\n", back, receiver, f.Name.Name, call)
	return nil
}

// nameParameters gives a name to each parameter without one.
func nameParameters(list *ast.FieldList, prefix string) {
	n := 0
	for _, field := range list.List {
		if len(field.Names) == 0 {
			field.Names = []*ast.Ident{ast.NewIdent("_")}
		}
		for _, name := range field.Names {
			if name.Name == "_" {
				name.Name = prefix + strconv.Itoa(n)
			}
			n++
		}
	}
}

// renamed returns the rule's file with its functions under the names that
// writeChoiceOf calls.
func (r *brokenRule) renamed(found map[string]bool) ([]byte, error) {
	for _, d := range r.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if !found[functionKey(f)] {
			return nil, fmt.Errorf("%w: %s.go replaces %s, and the code has no such function", spec.ErrInput, r.Name, functionKey(f))
		}
		f.Name = ast.NewIdent("lockstepBroken" + r.Name + f.Name.Name)
	}
	r.file.Comments = nil // among them the build constraint that keeps the file out of ordinary builds
	r.file.Doc = nil
	for _, d := range r.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			f.Doc = nil
		}
	}
	var b bytes.Buffer
	err := printer.Fprint(&b, r.fset, r.file)
	return b.Bytes(), err
}

// buildBroken builds the program main with the broken rules of all the
// patterns, and returns its path in dir. It needs the go command and the
// sources of the program.
func buildBroken(ctx context.Context, dir, main string, patterns []Code) (string, error) {
	o := NewOverlay(dir)
	for _, p := range patterns {
		rules, err := BrokenRules(p)
		if err != nil {
			return "", err
		}
		if len(rules) == 0 {
			continue
		}
		source, err := PackageDir(ctx, p.Package)
		if err != nil {
			return "", err
		}
		if err := o.add(p.Name, source, rules); err != nil {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		pkg, err := build.ImportDir(source, 0) // its name need not be that of the folder
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		choice := fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar lockstepBrokenRule = os.Getenv(%q)\n\nfunc lockstepBroken() string { return lockstepBrokenRule }\n",
			pkg.Name, process.BrokenEnv)
		if err := o.Put(filepath.Join(source, "lockstep_broken.go"), []byte(choice)); err != nil {
			return "", err
		}
	}
	program := filepath.Join(dir, "broken")
	if err := o.Go(ctx, "build", "-o", program, main); err != nil {
		return "", fmt.Errorf("the code with broken rules does not build: %w", err)
	}
	return program, nil
}

// Go runs a go command that builds, such as `go build` or `go test -c`, with the
// overlay. The error holds what the command has said.
func (o *Overlay) Go(ctx context.Context, command string, args ...string) error {
	list, err := o.write()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{command, "-overlay", list}, args...)...)
	cmd.Env = append(os.Environ(), "GOTMPDIR="+o.dir) // go leaves its files there if it is killed
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = process.RunWhole(cmd)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	return nil
}

// ErrNoSources is wrapped by the error on a machine without the go command or
// the program's sources.
var ErrNoSources = errors.New("this needs the go command and the sources")

// PackageDir returns the folder with the sources of a package.
func PackageDir(ctx context.Context, pkg string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", pkg).Output()
	if err != nil {
		return "", fmt.Errorf("%w of %s; run it inside their module", ErrNoSources, pkg)
	}
	return strings.TrimSpace(string(out)), nil
}

// Functions returns the names of the functions that the rule replaces.
func (r *brokenRule) Functions() []string {
	var names []string
	for _, d := range r.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			names = append(names, functionKey(f))
		}
	}
	return names
}
