package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/server"
)

// defaultRegion is where IAM and global STS are signed for.
const defaultRegion = "us-east-1"

func envCommand() *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the export lines of the administrator's key",
		Long: "Print lines that set a shell up:  eval \"$(aratame env)\"\n\n" +
			"The key is that of the first start or of the last aratame recover admin-key. It is read from the data\n" +
			"directory with the key file beside it, so this works on the server's host, for its owner.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			admin, err := server.ReadAdmin(cfg)
			if err != nil {
				return err
			}
			if cfg.Listen != "" || cfg.TLSCert != "" {
				admin.Endpoint = server.Endpoint(cfg)
			}
			if profile == "" {
				printExports(cmd.OutOrStdout(), admin.Endpoint, admin.KeyID, admin.Secret)
				return nil
			}
			if err := writeProfile(profile, admin); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Profile %s written. Use it with: aws --profile %s …\n", profile, profile)
			return nil
		},
	}
	cmd.Flags().StringVar(&profile, "write-profile", "", "write a profile of this `name` for the AWS CLI and SDKs instead")
	addSettings(cmd, "data", "listen", "tls-cert", "tls-key", "allow-plain-http")
	return cmd
}

func printExports(w io.Writer, endpoint, id, secret string) {
	fmt.Fprintf(w, "export AWS_ENDPOINT_URL=%s\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", endpoint, id, secret)
	fmt.Fprintf(w, "export AWS_DEFAULT_REGION=%s\nexport AWS_REGION=%s\nunset AWS_SESSION_TOKEN AWS_PROFILE\n", defaultRegion, defaultRegion)
}

var profileName = regexp.MustCompile(`^[A-Za-z0-9_.@-]+$`)

// writeProfile puts the profile into the two files of the AWS CLI, in the place
// of one of the same name.
func writeProfile(name string, a *server.Admin) error {
	if !profileName.MatchString(name) {
		return fmt.Errorf("the profile name %q has characters other than letters, digits and _.@-", name)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	section := "profile " + name
	if name == "default" {
		section = name
	}
	err = writeSection(fromEnv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config")), section,
		"region = "+defaultRegion+"\nendpoint_url = "+a.Endpoint+"\n")
	if err != nil {
		return err
	}
	return writeSection(fromEnv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials")), name,
		"aws_access_key_id = "+a.KeyID+"\naws_secret_access_key = "+a.Secret+"\n")
}

func fromEnv(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// writeSection replaces one section of an INI file and leaves all others as
// they are. The file is replaced at once, with mode 0600.
func writeSection(path, section, body string) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a linked file stays linked
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	var out bytes.Buffer
	skipping := false
	for line := range strings.Lines(string(old)) {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "[") {
			skipping = strings.TrimSpace(strings.Trim(t, "[]")) == section
		}
		if !skipping {
			out.WriteString(line)
		}
	}
	if n := out.Len(); n > 0 && out.Bytes()[n-1] != '\n' {
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "[%s]\n%s", section, body)
	f, err := os.CreateTemp(filepath.Dir(path), ".aratame-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain once it is renamed
	_, err = f.Write(out.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
