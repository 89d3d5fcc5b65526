#include "app/cli_tlsa.h"

namespace danewerk::app {

void add_service_options(CLI::App& app, ServiceOptions& options) {
  app.add_option("--resolver", options.resolvers,
                 "resolver to ask, or root (default: those of resolv.conf)")
      ->type_name("ADDRESS[@PORT]")
      ->take_all();
  app.add_option("--trust-anchor", options.trust_anchors,
                 "file with DS or DNSKEY records (default: the root's keys)")
      ->type_name("FILE")
      ->take_all();
  app.add_option_function<std::string>(
         "--timeout",
         [&options](const std::string& text) {
           const auto span = parse_duration(text);
           if (!span) throw CLI::ValidationError(span.error().message());
           options.timeout = *span;
         },
         "for one wait (default: 10s)")
      ->type_name("SPAN");
  app.add_option("--jobs", options.jobs, "addresses looked at together (default: 8)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
}

void add_tlsa_verify_options(CLI::App& app, TlsaVerifyCommand& command) {
  auto& options = command.options;
  app.add_option("SERVICE", command.services, "HOST:PORT/PROFILE");
  app.add_option("--mx", command.domains, "the mail hosts of a domain")
      ->type_name("DOMAIN")
      ->take_all();
  app.add_flag("--check", command.is_check, "one line and exit code for monitoring");
  app.add_option("--domain", options.domain, "that the services are for (SMTP, XMPP)")
      ->type_name("NAME");
  add_service_options(app, options);
  app.add_option("--mail-port", options.mail_port, "with --mx (default: 25)")
      ->check(CLI::Range(1, 65'535))
      ->type_name("N");
  app.add_option("--dns-port", options.dns_port, "of authoritative servers (default: 53)")
      ->check(CLI::Range(1, 65'535))
      ->type_name("N");
  app.add_flag("--no-authorities", options.leaves_servers_alone,
               "ask the resolver only, not each authoritative server");
}

}  // namespace danewerk::app
