// Package spec reads a spec with its Steps module and its models, and makes TLC
// runs over them.
package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
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

	Files  map[string][]byte // by file name: every module and every cfg
	Config *tlc.Config       // XSteps.cfg
	Forms  stepForms         // nil if the Steps module does not name them literally
	fsys   fs.FS

	// memo keeps what was found out about the spec once.
	Memo *memo
}

// Load reads a spec from a folder that holds XSteps.tla, XSteps.cfg and the
// modules that XSteps extends. Further modules are looked up in the library
// folders. Of the cfg, Replay uses constants, definitions and invariants, and
// Explore constants, definitions and constraints; what else is there is for
// TLC alone. All errors wrap ErrInput.
func Load(folder fs.FS, library ...fs.FS) (*Spec, error) {
	s, err := load(folder, library)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return s, nil
}

func load(folder fs.FS, library []fs.FS) (*Spec, error) {
	s := &Spec{Files: map[string][]byte{}, fsys: folder, Memo: &memo{}}
	for _, dir := range append(slices.Clone(library), folder) {
		names, err := fs.Glob(dir, "*.tla")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if s.Files[name], err = fs.ReadFile(dir, name); err != nil {
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
	if s.Config, err = tlc.ParseConfig(string(source)); err != nil {
		return nil, fmt.Errorf("%sSteps.cfg:%w", s.Name, err)
	}
	if err := s.checkConfig(); err != nil {
		return nil, fmt.Errorf("%sSteps.cfg: %w", s.Name, err)
	}
	if err := s.inspect(); err != nil {
		return nil, err
	}
	return s, s.addOwn()
}

// ours begins each name that our modules add to a spec.
var ours = regexp.MustCompile(`^(Replay|Explore|Explain|Recorded|Subject|Compare|Voice|Picture|Cover|Retell)`)

// addOwn adds the modules that every spec meets its code in. Steps is the one
// that a folder may hold as well, to be run by hand; but the words in it mean
// the same everywhere, so it is always ours.
func (s *Spec) addOwn() error {
	for _, name := range []string{"Replay.tla", "Recorded.tla", "Explore.tla", "Subject.tla", "Compare.tla", "Voice.tla", "Explain.tla", "Telling.tla", "Retell.tla", "PictureReplay.tla", "Cover.tla", "Covered.tla"} {
		if _, ok := s.Files[name]; ok {
			return fmt.Errorf("%s: the checker has a module of this name; give yours another", name)
		}
	}
	own, err := fs.Glob(lib.Modules, "*.tla")
	if err != nil {
		return err
	}
	for _, name := range own {
		if s.Files[name], err = lib.Modules.ReadFile(name); err != nil {
			return err
		}
	}
	return nil
}

// checkConfig refuses what a Steps.cfg cannot mean. The checker begins with
// Init and goes on with StepsNext, whatever else is there.
func (s *Spec) checkConfig() error {
	if c := s.Config; c.Init != "" && c.Init != "Init" || c.Next != "" && c.Next != "StepsNext" {
		return fmt.Errorf("the checker works with Init and StepsNext only, not with INIT %s and NEXT %s", c.Init, c.Next)
	}
	for _, c := range s.Config.Constants {
		if c.Name == "Step" || c.Name == "Arg" || ours.MatchString(c.Name) {
			return fmt.Errorf("%s is the checker's to define", c.Name)
		}
	}
	return nil
}

// Steps returns the names of the steps, sorted, or nil if the Steps module does
// not name them literally.
func (s *Spec) Steps() []string {
	if s.Forms == nil {
		return nil
	}
	return tla.SortedKeys(s.Forms)
}

// Validate reports, as bad input, what can be known to be wrong with a trace
// without asking TLC.
func (s *Spec) Validate(t *trace.Trace) error {
	header := trace.Event{Line: 1}
	bad := func(e *trace.Event, format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrInput, t.Place(e), fmt.Sprintf(format, args...))
	}
	if t.Header.Spec != s.Name {
		return bad(&header, "this is a trace of the spec %q; it is held against %s", t.Header.Spec, s.Name)
	}
	for _, name := range tla.SortedKeys(t.Header.Constants) {
		if c, ok := s.Config.Constant(name); !ok || c.Definition != "" {
			return bad(&header, "unknown constant %q; %sSteps.cfg has %s", name, s.Name, constantNames(s.Config))
		}
	}
	if _, err := ConstantsOf(t); err != nil {
		return bad(&header, "%s", err)
	}
	if len(t.Events) == 0 {
		return bad(&header, "the trace holds no step, so there is nothing to check")
	}
	for i := range t.Events {
		e := &t.Events[i]
		if s.Forms == nil {
			if _, err := tlc.FormatValue(e.Step); err != nil {
				return bad(e, "step: %s", err)
			}
		} else if wrong := s.Forms.check(s.Name, e); wrong != "" {
			return bad(e, "%s%s", wrong, s.withoutStep(e.Step))
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

// Job is a TLC run over the module root, with the Steps module as its Subject.
func (s *Spec) Job(root string, config *tlc.Config, subject string) tlc.Job {
	files := maps.Clone(s.Files)
	files["Subject.tla"] = []byte("---- MODULE Subject ----\nEXTENDS " + s.Name + "Steps\n" + subject + "====\n")
	files[root+".cfg"] = []byte(config.String())
	return tlc.Job{Files: files, Module: root, Config: root + ".cfg"}
}

// WithConstants is a configuration with the constants of the Steps.cfg, and
// with others in the place of those that they name.
func (s *Spec) WithConstants(constants []tlc.Constant) *tlc.Config {
	config := &tlc.Config{Constants: slices.Clone(s.Config.Constants), IgnoreDeadlock: true}
	for _, c := range constants {
		config.Set(c)
	}
	return config
}

// ConstantsOf are the constants in a trace's header, as a cfg holds them,
// sorted by name. A cfg knows no sequences, so an array is a set.
func ConstantsOf(t *trace.Trace) ([]tlc.Constant, error) {
	var constants []tlc.Constant
	for _, name := range tla.SortedKeys(t.Header.Constants) {
		text, err := tlc.FormatConstant(arraysAsSets(t.Header.Constants[name]))
		if err != nil {
			return nil, fmt.Errorf("constant %s: %w", name, err)
		}
		constants = append(constants, tlc.Constant{Name: name, Value: text})
	}
	return constants, nil
}

func arraysAsSets(v trace.Value) tlc.Value {
	list, ok := v.([]trace.Value)
	if !ok {
		return v
	}
	set := make(tlc.Set, len(list))
	for i := range list {
		set[i] = arraysAsSets(list[i])
	}
	return set
}

// Model is the TLC run over one of the spec's models: the ordinary one for "",
// X + name for a name such as Large, for the name of an abstract spec its own, and
// for the name of a rule the model in which it is left out. The error wraps ErrInput, and fs.ErrNotExist if there
// is no such model.
func (s *Spec) Model(name string) (tlc.Job, *tlc.Config, error) {
	module, file := s.modelOf(s.Name), s.Name+name+".cfg"
	source, err := fs.ReadFile(s.fsys, file)
	if errors.Is(err, fs.ErrNotExist) && s.isAbstract(name+".cfg") {
		module, file = s.modelOf(name), name+".cfg"
		source, err = fs.ReadFile(s.fsys, file)
	}
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
	job := tlc.Job{Files: maps.Clone(s.Files), Module: module, Config: path.Base(file)}
	job.Files[job.Config] = source
	return job, config, nil
}

// modelOf is the module that TLC checks a spec X by: MCX if there is one. It has
// what the models need beside the spec, such as bounds.
func (s *Spec) modelOf(name string) string {
	if _, ok := s.Files["MC"+name+".tla"]; ok {
		return "MC" + name
	}
	return name
}

// Models returns the names of the cfg files with which the spec itself is
// checked, the ordinary one first, and then the larger ones.
func (s *Spec) Models() ([]string, error) {
	names, err := fs.Glob(s.fsys, s.Name+"*.cfg")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == s.Name+"Steps.cfg" || s.isAbstract(n) }), nil
}

// Abstract returns the names of the other specs in the folder that have a model
// of their own: each Y with the files Y.tla and Y.cfg. X refines it, or is built
// on it.
func (s *Spec) Abstract() ([]string, error) {
	names, err := fs.Glob(s.fsys, "*.cfg")
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !s.isAbstract(n) })
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".cfg")
	}
	return names, nil
}

func (s *Spec) isAbstract(file string) bool {
	name := strings.TrimSuffix(file, ".cfg")
	_, ok := s.Files[name+".tla"]
	return ok && name != s.Name && name != s.Name+"Steps"
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

// Source is the text of a module, in the lines and columns of its Coverage: tabs
// are turned into blanks. It is "" if there is no such module.
func (s *Spec) Source(module string) string {
	return string(sany.NewSources(s.Files).Files[module+".tla"])
}
