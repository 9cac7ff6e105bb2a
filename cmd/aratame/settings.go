package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aratame/aratame/internal/config"
)

// addSettings gives a command a flag for each named setting of the server, or
// for all when none is named.
func addSettings(cmd *cobra.Command, names ...string) {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	cmd.Flags().String("config", "", "YAML file with settings (ARATAME_CONFIG)")
	for _, s := range config.Settings() {
		if s.EnvOnly || len(names) > 0 && !wanted[s.Name] {
			continue
		}
		usage := s.Usage + " (" + s.Env() + ")"
		if s.Switch {
			cmd.Flags().Bool(s.Name, false, usage)
		} else {
			cmd.Flags().String(s.Name, "", usage)
		}
	}
}

// loadSettings joins file, environment and flags.
func loadSettings(cmd *cobra.Command) (*config.Config, error) {
	known := map[string]bool{}
	for _, s := range config.Settings() {
		known[s.Name] = true
	}
	flags := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if known[f.Name] {
			flags[f.Name] = f.Value.String()
		}
	})
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	return config.Load(file, os.Environ(), flags)
}
