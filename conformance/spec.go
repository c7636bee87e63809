package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/specs/lib"
	"github.com/lockstep-tla/lockstep/trace"
)

// ErrInput is wrapped by every error about something that the user gave: a
// folder without a Steps module, a trace with an unknown step. It is neither a
// verdict nor a failure of the checker.
var ErrInput = errors.New("bad input")

// Spec is a spec with its Steps module, ready to be checked against. It is
// immutable and safe for concurrent use.
type Spec struct {
	// Name is the name of the spec: X where the Steps module is XSteps.
	Name string

	files  map[string][]byte // by file name: every module and every cfg
	config *tlc.Config       // XSteps.cfg
	steps  map[string][]string
	fsys   fs.FS
}

// Load reads a spec from a folder that holds XSteps.tla, XSteps.cfg (constants
// and definitions) and the modules that XSteps extends. Further modules are
// looked up in the library folders. All errors wrap ErrInput.
func Load(folder fs.FS, library ...fs.FS) (*Spec, error) {
	s, err := load(folder, library)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return s, nil
}

func load(folder fs.FS, library []fs.FS) (*Spec, error) {
	s := &Spec{files: map[string][]byte{}, fsys: folder}
	for _, dir := range append(slices.Clone(library), folder) {
		names, err := fs.Glob(dir, "*.tla")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if s.files[name], err = fs.ReadFile(dir, name); err != nil {
				return nil, err
			}
		}
	}
	found, err := fs.Glob(folder, "?*Steps.tla")
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the folder must hold one module XSteps.tla for its spec X; it holds %d", len(found))
	}
	s.Name = strings.TrimSuffix(found[0], "Steps.tla")
	source, err := fs.ReadFile(folder, s.Name+"Steps.cfg")
	if err != nil {
		return nil, fmt.Errorf("the model of %s is missing: %w", found[0], err)
	}
	if s.config, err = tlc.ParseConfig(string(source)); err != nil {
		return nil, fmt.Errorf("%sSteps.cfg:%w", s.Name, err)
	}
	for _, name := range []string{"Steps.tla", "Replay.tla", "Explore.tla"} {
		if s.files[name], err = lib.Modules.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return s, s.inspect(found[0])
}

var (
	comment   = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*`)
	stepUse   = regexp.MustCompile(`\bStep\s*\(\s*("(?:[^"\\]|\\.)*"\s*,\s*\[)?`)
	fieldUse  = regexp.MustCompile(`([A-Za-z_]\w*)\s*\|->`)
	needed    = []string{"View", "StepsNext", "vars", "Init"}
	definedAs = `(?m)^\s*%s\s*(\([^)]*\))?\s*==`
)

// inspect looks for what a Steps module must define, and for the steps and
// arguments that it names.
func (s *Spec) inspect(stepsFile string) error {
	var all strings.Builder
	for _, name := range sortedKeys(s.files) {
		all.WriteString(comment.ReplaceAllString(string(s.files[name]), "") + "\n")
	}
	for _, name := range needed {
		if !regexp.MustCompile(fmt.Sprintf(definedAs, name)).MatchString(all.String()) {
			return fmt.Errorf("%s: %s is defined neither here nor in a module of this folder", stepsFile, name)
		}
	}
	source := comment.ReplaceAllString(string(s.files[stepsFile]), "")
	s.steps = map[string][]string{}
	for _, at := range stepUse.FindAllStringSubmatchIndex(source, -1) {
		if at[2] < 0 { // not a literal: what it names is known to TLC only
			s.steps = nil
			return nil
		}
		name := strings.Split(source[at[2]:at[3]], `"`)[1]
		args := source[at[3]:]
		args = args[:recordEnd(args)]
		for _, field := range fieldUse.FindAllStringSubmatch(args, -1) {
			if !slices.Contains(s.steps[name], field[1]) {
				s.steps[name] = append(s.steps[name], field[1])
			}
		}
	}
	if len(s.steps) == 0 {
		return fmt.Errorf("%s: no action is named with Step(\"Name\", [node |-> ...], Action)", stepsFile)
	}
	return nil
}

// recordEnd is the place of the bracket that closes a record.
func recordEnd(text string) int {
	depth := 1
	for i, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// Steps returns the names of the steps, sorted, or nil if the Steps module does
// not name them literally.
func (s *Spec) Steps() []string { return sortedKeys(s.steps) }

// validate reports, as bad input, what can be known to be wrong with a trace
// without asking TLC.
func (s *Spec) validate(t *trace.Trace) error {
	bad := func(line int, format string, args ...any) error {
		return fmt.Errorf("%w: %s:%d: %s", ErrInput, t.Name, line, fmt.Sprintf(format, args...))
	}
	if t.Header.Spec != s.Name {
		return bad(1, "this is a trace of the spec %q; it is held against %s", t.Header.Spec, s.Name)
	}
	for _, name := range sortedKeys(t.Header.Constants) {
		if c, ok := s.config.Constant(name); !ok || c.Definition != "" {
			return bad(1, "unknown constant %q; %sSteps.cfg has %s", name, s.Name, constantNames(s.config))
		}
	}
	if len(t.Events) == 0 {
		return bad(1, "the trace holds no step, so there is nothing to check")
	}
	if s.steps == nil {
		return nil
	}
	for i := range t.Events {
		e := &t.Events[i]
		args, ok := s.steps[e.Step]
		if !ok {
			return bad(e.Line, "unknown step %q; %sSteps.tla names %s", e.Step, s.Name, strings.Join(s.Steps(), ", "))
		}
		for _, name := range sortedKeys(e.Args) {
			if !slices.Contains(args, name) {
				return bad(e.Line, "step %s has no argument %q; it has %s", e.Step, name, strings.Join(args, ", "))
			}
		}
		for _, name := range args {
			if _, ok := e.Args[name]; !ok {
				return bad(e.Line, "step %s lacks its argument %q", e.Step, name)
			}
		}
	}
	return nil
}

func constantNames(config *tlc.Config) string {
	var names []string
	for _, c := range config.Constants {
		if c.Definition == "" {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// job is a TLC run over the module root, with the Steps module as its Subject.
func (s *Spec) job(root string, config *tlc.Config, subject string) tlc.Job {
	files := maps.Clone(s.files)
	files["Subject.tla"] = []byte("---- MODULE Subject ----\nEXTENDS " + s.Name + "Steps\n" + subject + "====\n")
	files[root+".cfg"] = []byte(config.String())
	return tlc.Job{Files: files, Module: root, Config: root + ".cfg"}
}

// withConstants is a configuration with the constants of the Steps.cfg, and
// with the values that a trace's header gives in their place.
func (s *Spec) withConstants(header map[string]trace.Value) (*tlc.Config, error) {
	config := &tlc.Config{Constants: slices.Clone(s.config.Constants), IgnoreDeadlock: true}
	for _, name := range sortedKeys(header) {
		text, err := constantText(header[name])
		if err != nil {
			return nil, fmt.Errorf("%w: constant %s: %w", ErrInput, name, err)
		}
		config.Set(tlc.Constant{Name: name, Value: text})
	}
	return config, nil
}

// constantText writes a value as a cfg wants it. A cfg knows no sequences, so
// an array is a set.
func constantText(v trace.Value) (string, error) {
	switch v := v.(type) {
	case int, bool, string:
		return tlc.FormatValue(v)
	case []trace.Value:
		parts := make([]string, len(v))
		for i := range v {
			var err error
			if parts[i], err = constantText(v[i]); err != nil {
				return "", err
			}
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	return "", fmt.Errorf("a model's constant is a number, a string, a boolean or an array read as a set, not %T", v)
}

// Model is the TLC run over one of the spec's models: the ordinary one for "",
// X + name for a name such as Large, and for the name of a rule the model in
// which it is left out. The error wraps ErrInput, and fs.ErrNotExist if there
// is no such model.
func (s *Spec) Model(name string) (tlc.Job, *tlc.Config, error) {
	module, file := s.Name, s.Name+name+".cfg"
	source, err := fs.ReadFile(s.fsys, file)
	if errors.Is(err, fs.ErrNotExist) && name != "" {
		module, file = s.Name+"Broken", "broken/"+name+".cfg"
		source, err = fs.ReadFile(s.fsys, file)
	}
	if err != nil {
		return tlc.Job{}, nil, fmt.Errorf("%w: %s has no model %q: %w", ErrInput, s.Name, name, err)
	}
	config, err := tlc.ParseConfig(string(source))
	if err != nil {
		return tlc.Job{}, nil, fmt.Errorf("%w: %s:%w", ErrInput, file, err)
	}
	job := tlc.Job{Files: maps.Clone(s.files), Module: module, Config: path.Base(file)}
	job.Files[job.Config] = source
	return job, config, nil
}

// Models returns the names of the cfg files with which the spec itself is
// checked, the ordinary one first, and then the larger ones.
func (s *Spec) Models() ([]string, error) {
	names, err := fs.Glob(s.fsys, s.Name+"*.cfg")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == s.Name+"Steps.cfg" }), nil
}

// BrokenRules returns the names of the rules that the spec can leave out: the
// cfg files in its folder broken.
func (s *Spec) BrokenRules() ([]string, error) {
	names, err := fs.Glob(s.fsys, "broken/*.cfg")
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".cfg")
	}
	slices.Sort(names)
	return names, nil
}
