#include "engine/root_deploy.h"

#include <utility>

#include <fmt/format.h>

#include "engine/binding_files.h"
#include "engine/binding_serve.h"
#include "engine/client_archive.h"
#include "engine/endpoint_look.h"
#include "store/key_access.h"
#include "tlsa/chain.h"

namespace danewerk::engine {

namespace {

/// The key of the client's file, when it belongs to this chain. A root may have been appended.
const Secret* client_key(const ClientFiles& files, const tlsa::Chain& chain) {
  const bool is_its = files.fits && files.leaf == chain.leaf().certificate;
  return is_its && files.key ? &*files.key : nullptr;
}

/// Of the certificates, a pass says what is to be served; the key beside them it cannot see.
bool is_key_changed(const ServedNow& there) {
  return there.fault.empty() && !there.key_fault.empty();
}

}  // namespace

bool is_served_by_root(const config::Certificate& certificate) {
  return certificate.serve && certificate.serve->by == config::ServedFolder::By::kDeploy;
}

Path handover_folder(const config::Config& config) {
  return config.state / "serve";
}

namespace {

void read_served(const config::Certificate& certificate, ClientFiles& files) {
  const auto there = served_now(certificate, serve::ServedFolder::Depth::kAll)
                         .value_or(std::optional<ServedNow>());
  if (!there) return;  // carrying out says why
  files.served = there->pem;
  if (!is_key_changed(*there)) return;
  files.findings.add(
      {.id = "BINDING-SERVED-CHANGED",
       .level = Level::kWarning,
       .message = fmt::format("{}; what is served is put there again", there->key_fault),
       .owner = certificate.name});
}

void read_key(const config::Certificate& certificate, tlsa::HandedOver& handed,
              ClientFiles& files) {
  if (!certificate.key) {
    files.key_findings.add(
        {.id = "TLSA-CHAIN-KEY",
         .level = Level::kError,
         .message = "the certificate has no `key`, and its key was not made here",
         .owner = certificate.name,
         .hint = "name the key's file in danewerk.yaml"});
    return;
  }
  auto key =
      store::read_key_file(*certificate.key, store::FolderKind::kForeign, store::Content::kPrivate);
  if (!key) {
    add_unreadable(files.key_findings, "BINDING-KEY-UNREADABLE", *certificate.key, key.error());
    return;
  }
  files.key = *std::move(key);
  handed.key = tlsa::HandedFile{.name = certificate.key->string(), .octets = files.key->view()};
  auto read = tlsa::read_chain(handed);
  files.fits = read.chain.has_value();
  for (const auto& finding : read.findings.list()) {
    if (finding.level == Level::kError) files.key_findings.add(finding);
  }
}

void read_client(const config::Certificate& certificate, ClientFiles& files) {
  read_served(certificate, files);
  const auto text = read_file(certificate.certificate, kMostChainOctets);
  if (!text) {
    add_unreadable(files.findings, "TLSA-CHAIN-UNREADABLE", certificate.certificate, text.error());
    return;
  }
  tlsa::HandedOver handed{
      .certificates = {{.name = certificate.certificate.string(), .octets = as_bytes(*text)}}};
  auto read = tlsa::read_chain(handed);
  files.findings.merge(std::move(read.findings));
  if (!read.chain) return;
  files.pem = tlsa::to_pem(*read.chain);
  files.leaf = read.chain->leaf().certificate;
  read_key(certificate, handed, files);
}

}  // namespace

ClientFiles read_client_files(const config::Certificate& certificate) {
  ClientFiles files;
  read_client(certificate, files);
  files.findings.merge(judge_access(certificate));
  files.findings = about(files.findings, certificate.name, {});
  files.key_findings = about(files.key_findings, certificate.name, {});
  return files;
}

Result<OwnersWord> take_in(const config::Config& config, const config::Certificate& certificate,
                           const ClientFiles& files, serve::Handover& handover) {
  const store::KeyFolder keys{.path = config.keys, .kind = store::FolderKind::kOurs};
  const auto made_here = [&](const std::string& pem) -> Result<std::optional<Secret>> {
    DW_TRY(const auto chain, chain_from_pem(pem));
    return key_made_here(certificate, chain, keys);
  };
  OwnersWord word;
  if (!files.pem.empty()) {
    word.is_given = files.fits;
    if (!files.fits) {
      DW_TRY(const auto ours, made_here(files.pem));
      word.is_given = ours.has_value();
    }
    if (word.is_given) DW_TRY_VOID(handover.give(files.pem));
  }
  DW_TRY(word.kept, handover.kept());
  DW_TRY(word.verdict, handover.verdict());
  const auto& pem = word.verdict ? word.verdict->pem : files.served;
  if (pem.empty()) return word;
  DW_TRY(word.key, made_here(pem));
  return word;
}

Result<std::optional<serve::Deployed>> carry_out(const config::Certificate& certificate,
                                                 const ClientFiles& files, const OwnersWord& word,
                                                 sys_seconds now) {
  using Tell = serve::DeployTask::Tell;
  DW_CHECK(certificate.serve.has_value(), "only what has a served folder is root's to serve");
  DW_TRY(const auto there, served_now(certificate, serve::ServedFolder::Depth::kAll));
  ServeWish wish;
  if (word.verdict) {
    // Parsed and written anew: nothing but certificates gets into a file that everybody may read.
    DW_TRY(const auto decided, chain_from_pem(word.verdict->pem));
    wish.pem = tlsa::to_pem(decided);
    wish.tell = word.verdict->is_restore ? Tell::kAgain : Tell::kOfNews;
  } else if (there && there->fault.empty() && (!there->is_confirmed || is_key_changed(*there))) {
    wish.pem = there->pem;
  } else {
    return std::nullopt;
  }
  DW_TRY(const auto chain, chain_from_pem(wish.pem));
  wish.key = word.key ? &*word.key : client_key(files, chain);
  std::optional<ArchivedKey> archived;
  if (wish.key == nullptr) {
    DW_TRY(const bool is_kept, has_kept_key(*certificate.serve, wish.pem));
    if (!is_kept) archived = archived_key(certificate, chain);
    if (archived) wish.key = &archived->pem;
  }
  EndpointLook look(now, {});
  const auto answered = answering(look.look({&certificate}).front());
  wish.check = [&] { return check_live(look, certificate, answered, chain.leaf().certificate); };
  DW_TRY(auto deployed, serve_chain(certificate, wish));
  return std::optional(std::move(deployed));
}

}  // namespace danewerk::engine
