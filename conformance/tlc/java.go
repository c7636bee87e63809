package tlc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

const oldestJava = 11

// java is an installed Java runtime.
type java struct {
	path    string
	feature int    // 17
	version string // 17.0.15
	build   string // what Java says of itself: tells two builds of a version apart
}

// findJava prefers JAVA_HOME, as Maven and Gradle do, and falls back to the
// PATH only when JAVA_HOME is not set: a JAVA_HOME that is wrong is a mistake
// that should be seen.
func findJava(ctx context.Context) (java, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		path := filepath.Join(home, "bin", "java")
		if runtime.GOOS == "windows" {
			path += ".exe"
		}
		if _, err := os.Stat(path); err != nil {
			return java{}, fmt.Errorf("%w: JAVA_HOME is %s, but %w; %s", ErrNoJava, home, err, installJava())
		}
		return identify(ctx, path)
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return java{}, fmt.Errorf("%w: there is no java on the PATH and JAVA_HOME is not set; %s", ErrNoJava, installJava())
	}
	if path, err = filepath.Abs(path); err != nil {
		return java{}, fmt.Errorf("%w: %w", ErrNoJava, err)
	}
	return identify(ctx, path)
}

// identify finds out the version of the Java at path.
func identify(ctx context.Context, path string) (java, error) {
	j := java{path: path}
	var err error
	if j.version, j.build, err = versionFromRelease(path); err != nil {
		if j.version, j.build, err = versionFromOutput(ctx, path); err != nil {
			return java{}, fmt.Errorf("%w: %s: %w; %s", ErrNoJava, path, err, installJava())
		}
	}
	if j.feature, err = featureVersion(j.version); err != nil {
		return java{}, fmt.Errorf("%w: %s: %w", ErrNoJava, path, err)
	}
	if j.feature < oldestJava {
		return java{}, fmt.Errorf("%w: %s is Java %s; %s", ErrNoJava, path, j.version, installJava())
	}
	return j, nil
}

var (
	releaseVersion = regexp.MustCompile(`(?m)^JAVA_VERSION="([^"]+)"`)
	outputVersion  = regexp.MustCompile(`version "([^"]+)"`)
)

// versionFromRelease reads the file that every JDK and JRE since Java 7 has
// beside its bin folder. That spares the start of a JVM.
func versionFromRelease(path string) (version, build string, err error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", "", err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(real)), "release"))
	if err != nil {
		return "", "", err
	}
	m := releaseVersion.FindSubmatch(text)
	if m == nil {
		return "", "", errors.New("the release file names no version")
	}
	return string(m[1]), string(text), nil
}

// versionFromOutput asks Java itself: the path may be a wrapper script.
func versionFromOutput(ctx context.Context, path string) (version, build string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("java -version: %w: %s", err, strings.TrimSpace(string(out)))
	}
	m := outputVersion.FindSubmatch(out)
	if m == nil {
		return "", "", fmt.Errorf("java -version names no version: %s", strings.TrimSpace(string(out)))
	}
	return string(m[1]), string(out), nil
}

// featureVersion returns 17 for "17.0.15", 21 for "21-ea" and 8 for "1.8.0_402".
func featureVersion(version string) (int, error) {
	rest := strings.TrimPrefix(version, "1.")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 0, fmt.Errorf("cannot read the Java version %q", version)
	}
	return n, nil
}

// installJava says what to do, in the words of the system at hand.
func installJava() string {
	switch runtime.GOOS {
	case "darwin":
		return "install one, for example: brew install openjdk"
	case "windows":
		return "install a Java 11 or later, for example: winget install EclipseAdoptium.Temurin.21.JRE"
	default:
		return "install one, for example: apt-get install default-jre-headless (Debian, Ubuntu), dnf install java-latest-openjdk-headless (Fedora)"
	}
}
