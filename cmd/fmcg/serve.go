package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/web"
)

func (a *app) serveCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the dashboard and the questions to browsers, and follow each new release",
		Long: "Serves the published file, read-only, until it is stopped (Ctrl-C, SIGTERM). Given a lake, operators can start, cancel and\n" +
			"repair runs from the pages; one that is going then is stopped with the server. A new release is taken up within seconds;\n" +
			"requests in flight end on the one they began on. An address that other machines can reach needs --users (an htpasswd\n" +
			"file of bcrypt lines: htpasswd -B) or --trusted-proxy.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			s := a.settings
			model, err := semantic.Open(s.Model)
			if err != nil {
				return usageError{err}
			}
			operations, end, err := a.operations(command.Context())
			if err != nil {
				return err
			}
			defer end()
			boards, err := dashboard.Open(s.Dashboards, model)
			if err != nil {
				return usageError{fmt.Errorf("dashboards %s: %w", s.Dashboards, err)}
			}
			drafter, err := a.drafter()
			if err != nil {
				return usageError{err}
			}
			server, err := web.New(command.Context(), web.Config{
				Warehouse: s.Warehouse, Model: model, Dashboards: boards, Verified: a.verifiedFile(), Drafter: drafter, Address: s.Address, Hosts: s.Hosts, Users: s.Users, Operators: s.Operators,
				TrustedProxy: s.TrustedProxy, ProxyHeader: s.ProxyHeader, TLSCert: s.TLSCert, TLSKey: s.TLSKey,
				Version: programVersion(), Now: a.now, Log: a.log, Operations: operations,
				Alerts: a.alertNames(),
			})
			if err != nil {
				return usageError{err}
			}
			return server.Run(command.Context(), func(address string) { fmt.Fprintf(a.stdout, "Serving %s at %s\n", s.Warehouse, address) })
		},
	}
	flags := command.Flags()
	flags.String("address", web.DefaultAddress, "where to listen, host:port")
	flags.StringSlice("hosts", nil, "names the server goes by, beside localhost; others are refused")
	flags.String("users", "", "htpasswd file (bcrypt) of who may log in; read anew when it changes")
	flags.StringSlice("operators", nil, "users who are operators; the others are viewers")
	flags.StringSlice("trusted-proxy", nil, "addresses or networks of a proxy that says who the user is")
	flags.String("proxy-header", "", "header in which it says so; default X-Forwarded-User")
	flags.String("tls-cert", "", "certificate chain, PEM; read anew when it changes")
	flags.String("tls-key", "", "its key, PEM")
	flags.String("dashboards", "", "a folder of dashboards (*.yaml) to show instead of the built-in one")
	flags.String("model", "", "a metric view to ask instead of the built-in one")
	flags.String("verified", "", "file of verified questions; default: fmcg.verified.yaml beside the published file")
	return command
}
