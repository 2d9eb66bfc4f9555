#include "gateway/uploads.hpp"

#include "base/text.hpp"
#include "core/ids.hpp"
#include "files/content.hpp"
#include "gateway/file_links.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/responses.hpp"
#include "gateway/tokens.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace deskbell::gateway {
namespace {

constexpr std::int64_t uploads_at_once_max = 64;
constexpr std::int64_t unknown_bytes_max = 64 << 10;  // of somebody who has no token at all

net::BodyRefusal refusal_of(const Error& error) {
    return {.status = status_of(error.code), .code = error.code, .detail = error.detail};
}

net::BodyRefusal too_large(std::int64_t bytes_max) {
    return {.status = 413,
            .code = "file_too_large",
            .detail = "A file may have at most " + std::to_string(bytes_max) + " bytes."};
}

class UploadSink final : public net::BodySink {
public:
    UploadSink(Counters& counters, std::unique_ptr<files::Spool> spool, std::int64_t bytes_max)
        : counters_(counters), spool_(std::move(spool)), bytes_max_(bytes_max) {
        ++counters_.uploads_open;
    }
    ~UploadSink() override { --counters_.uploads_open; }

    std::optional<net::BodyRefusal> take(std::string_view bytes) override {
        if (spool_->size() + static_cast<std::int64_t>(bytes.size()) > bytes_max_)
            return too_large(bytes_max_);
        if (spool_->write(bytes)) return std::nullopt;
        return net::BodyRefusal{.status = 503,
                                .code = "file_not_stored",
                                .detail = "The server's disk does not take the file right now."};
    }
    [[nodiscard]] files::Spool& spool() { return *spool_; }

private:
    Counters& counters_;
    const std::unique_ptr<files::Spool> spool_;
    const std::int64_t bytes_max_;
};

// For requests that are refused anyway: their route says why, as for any other. Who sends much all
// the same is not read to the end.
class NoSink final : public net::BodySink {
public:
    explicit NoSink(net::BodyRefusal refusal) : refusal_(std::move(refusal)) {}
    std::optional<net::BodyRefusal> take(std::string_view bytes) override {
        taken_ += static_cast<std::int64_t>(bytes.size());
        if (taken_ <= unknown_bytes_max) return std::nullopt;
        return refusal_;
    }

private:
    const net::BodyRefusal refusal_;
    std::int64_t taken_ = 0;
};

std::shared_ptr<net::BodySink> no_sink(std::string code, std::string detail) {
    return std::make_shared<NoSink>(
        refusal_of(Error{std::move(code), std::move(detail), std::nullopt}));
}

// "gr%C3%BC%C3%9Fe.png"
std::string name_of(const net::HttpRequest& request) {
    return files::safe_name(net::percent_decode(request.header("x-filename"), false));
}

std::string type_of_file(const files::Content& content, const std::string& name) {
    return files::type_of(content.prefix, name);
}

Result<core::File> describe(const FileOptions& options, const files::Content& content,
                            std::string name, Random& random) {
    if (content.size == 0) return fail("file_empty", "The file has no bytes.");
    core::File file;
    file.id = core::make_file_id(random);
    file.name = std::move(name);
    file.type = type_of_file(content, file.name);
    file.size = content.size;
    file.hash = content.hash;
    if (!files::is_allowed(file.type, options.types))
        return fail("file_type_not_allowed",
                    "Files of the type " + file.type + " are not taken here.");
    if (const auto size = files::picture_size(content.prefix)) {
        file.width = size->width;
        file.height = size->height;
    }
    return file;
}

void drop(const FileOptions& options, const FileId& id) {
    files::DiskThread::Work work = [folder = options.folder, id] { folder->remove(id); };
    // The sweep at the next start finds what could not be removed now.
    (void)options.disk->try_post(work);
}

// The bytes are kept: now it is the engine's to know of them. Refused: they go again.
void announce(Context& context, ExchangePtr exchange, std::string hash, core::File file) {
    const FileId id = file.id;
    context.backend.submit(
        core::FileUploaded{std::move(file)}, Address{{}, std::move(hash)},
        [weak = context.weak_from_this(), exchange = std::move(exchange), id](Reply reply) {
            const auto alive = weak.lock();
            if (!alive) return;
            if (reply.refusal) drop(alive->options.files, id);
            if (!may_answer(*alive, *exchange, reply)) return;
            ++alive->commons.counters.files_taken;
            const WallMs now = alive->loop.clock().wall_ms();
            const std::string json =
                file_with_link(alive->options.files.link_key, reply.files.front(), now);
            respond(*exchange, json_response(201, "{\"file\":" + json + "}"));
        });
}

void keep(Context& context, ExchangePtr exchange, std::string hash, core::File file) {
    const FileOptions& options = context.options.files;
    auto shared = std::make_shared<ExchangePtr>(exchange);
    files::DiskThread::Work work = [&loop = context.loop, weak = context.weak_from_this(),
                                    folder = options.folder, shared, hash = std::move(hash),
                                    file = std::move(file)]() mutable {
        auto* sink = static_cast<UploadSink*>((*shared)->request().sink.get());
        const Result<void> kept = folder->keep(sink->spool(), file.id);
        loop.post([weak, shared, kept, hash = std::move(hash), file = std::move(file)]() mutable {
            const auto alive = weak.lock();
            if (!alive) return;
            if (!kept) return refuse(*alive, **shared, kept.error());
            announce(*alive, std::move(*shared), std::move(hash), std::move(file));
        });
    };
    if (options.disk->try_post(work)) return;
    refuse(context, *exchange,
           Error{"busy", "The server's disk is behind; try again in a moment.", 1000});
}

}  // namespace

std::expected<std::shared_ptr<net::BodySink>, net::BodyRefusal> sink_of_upload(
    Context& context, const net::HttpRequest& head) {
    if (head.method != "POST" || head.path != upload_path) return nullptr;
    const FileOptions& options = context.options.files;
    if (!options.folder) return no_sink("files_disabled", "This server takes no files.");
    if (!context.origins.allows(head))
        return no_sink("origin_not_allowed", "No site lists this origin.");
    if (!looks_like_token(bearer_token(head.header("authorization"))))
        return no_sink("token_invalid", "This token opens no session.");
    const std::string_view length = head.header("content-length");
    std::int64_t bytes = 0;
    std::from_chars(length.data(), length.data() + length.size(), bytes);
    if (bytes > options.bytes_max) return std::unexpected(too_large(options.bytes_max));
    if (const auto refusal =
            context.commons.limits.upload(network_of(context, head), context.now()))
        return std::unexpected(refusal_of(*refusal));
    Counters& counters = context.commons.counters;
    if (counters.uploads_open >= uploads_at_once_max)
        return std::unexpected(refusal_of(
            Error{"busy", "Too many files are on their way; try again in a moment.", 1000}));
    return std::make_shared<UploadSink>(counters, options.folder->spool(context.random),
                                        options.bytes_max);
}

void post_file(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    if (!context.options.files.folder)
        return refuse(context, *exchange,
                      Error{"files_disabled", "This server takes no files.", std::nullopt});
    auto* sink = dynamic_cast<UploadSink*>(exchange->request().sink.get());
    if (!sink) return refuse(context, *exchange, Error{"file_empty", "The file has no bytes.", {}});
    const files::Content content = sink->spool().finish();
    auto file =
        describe(context.options.files, content, name_of(exchange->request()), context.random);
    if (!file) return refuse(context, *exchange, file.error());
    // Whose token it is, before the disk is made to wait for a stranger.
    submit(context, std::move(exchange), *hash, core::ReadSession{},
           [hash = *hash, file = std::move(*file)](Context& alive, ExchangePtr asked,
                                                   const Reply&) mutable {
               keep(alive, std::move(asked), std::move(hash), std::move(file));
           });
}

}  // namespace deskbell::gateway
