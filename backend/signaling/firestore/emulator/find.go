package emulator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// JarVariable names the emulator's jar where it is in none of the usual places.
const JarVariable = "PARLEY_FIRESTORE_EMULATOR_JAR"

const jarName = "cloud-firestore-emulator.jar"

// findJar looks where the variable says, then where Google's Debian package, a
// gcloud SDK and firebase-tools put it.
func findJar() (string, error) {
	if jar := os.Getenv(JarVariable); jar != "" {
		if _, err := os.Stat(jar); err != nil {
			return "", fmt.Errorf("%w: %s: %w", ErrNotFound, JarVariable, err)
		}
		return jar, nil
	}
	for _, jar := range slices.Concat(debianJars(), sdkJars(), firebaseToolsJars()) {
		if _, err := os.Stat(jar); err == nil {
			return jar, nil
		}
	}
	return "", fmt.Errorf("%w: apt install google-cloud-cli-firestore-emulator, or gcloud components install cloud-firestore-emulator, or name its jar in %s",
		ErrNotFound, JarVariable)
}

func debianJars() (jars []string) {
	files, err := exec.Command("dpkg", "-L", "google-cloud-cli-firestore-emulator").Output()
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(files)) {
		if line = strings.TrimSpace(line); filepath.Base(line) == jarName {
			jars = append(jars, line)
		}
	}
	return jars
}

func sdkJars() (jars []string) {
	roots := []string{os.Getenv("CLOUDSDK_ROOT_DIR")}
	if gcloud, err := exec.LookPath("gcloud"); err == nil {
		if gcloud, err = filepath.EvalSymlinks(gcloud); err == nil {
			roots = append(roots, filepath.Dir(filepath.Dir(gcloud)))
		}
	}
	for _, root := range roots {
		if root != "" {
			jars = append(jars, filepath.Join(root, "platform", "cloud-firestore-emulator", jarName))
		}
	}
	return jars
}

func firebaseToolsJars() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	jars, err := filepath.Glob(filepath.Join(home, ".cache", "firebase", "emulators", "cloud-firestore-emulator-v*.jar"))
	if err != nil {
		return nil
	}
	slices.Reverse(jars) // the newest first
	return jars
}
