package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/server"
)

func serveCommand() *cobra.Command {
	var mirrored string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve IAM and STS",
		Long: "Serve IAM and STS at one endpoint. The first start on an empty data directory makes an account\n" +
			"with a root user and an administrator, and prints their credentials once.\n\n" +
			"Settings come from flags, then environment variables, then the file. SIGTERM ends the server\nwithin 10 seconds; SIGHUP reads the TLS certificate again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, mirrored, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addSettings(cmd)
	cmd.Flags().StringVar(&mirrored, "import", "", "before serving, import the output of get-account-authorization-details (- is standard input)")
	return cmd
}

func serve(ctx context.Context, cfg *config.Config, mirrored string, out, logs io.Writer) (err error) {
	log := logger(cfg, logs)
	server.Tune()
	opts := server.Options{Config: cfg, Log: log}
	if mirrored != "" {
		if opts.Import, err = server.ReadImport(mirrored); err != nil {
			return err
		}
	}
	s, err := server.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if opts.Import != nil {
		if _, err := importInto(ctx, s, opts.Import, logs); err != nil {
			return err
		}
	}
	server.Settle()
	l, err := s.Listen()
	if err != nil {
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	go func() {
		for range hangup {
			if err := l.Reload(); err != nil {
				log.Error("the old certificate stays in use", "err", err)
			} else {
				log.Info("certificate read again")
			}
		}
	}()
	banner(out, cfg, s, l.URL())
	return l.Serve(ctx)
}

func logger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if cfg.LogLevel != "" {
		_ = level.UnmarshalText([]byte(cfg.LogLevel)) // the settings were checked
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// banner tells where the server is, that it enforces, and at the first start
// the credentials, which are shown this once.
func banner(w io.Writer, cfg *config.Config, s *server.Server, url string) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("Aratame %s", version())
	p("  endpoint     %s", url)
	p("  account      %s", s.Account())
	if s.Dir() == "" {
		p("  data         in memory; lost at the end")
	} else {
		p("  data         %s", s.Dir())
	}
	p("  enforcement  on: every request needs a valid signature and a policy that allows it")
	f := s.First()
	if f == nil {
		return
	}
	p("")
	p("First start. These credentials are shown this once:")
	p("  %-32s %s", "administrator (IAM user "+f.Admin+")", f.KeyID)
	p("  its secret access key            %s", f.Secret)
	p("  password of the root user        %s", f.RootPassword)
	if f.RootKey {
		p("  root has the access key %s, as you asked. This is against AWS's advice:", cfg.RootKeyID)
		p("  nothing can limit it. Use an IAM user, and delete the key.")
	}
	p("")
	p("To use them in this shell:")
	printExports(w, url, f.KeyID, f.Secret)
	if s.Dir() != "" {
		p("or later, in any shell on this machine:  eval \"$(aratame env)\"")
	}
}
