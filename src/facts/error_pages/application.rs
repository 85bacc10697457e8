//! Pages by which applications and their frameworks say that they failed, and pages of filters within them.

use super::page::PageForm::{Holding, Whole};
use super::page::{ErrorPage, pages};

/// What limits say.
const LIMITED: &str = "a limit of the application refuses the request";
/// What most of them say.
const FAILED: &str = "the application failed at this request";

pub(super) const PAGES: &[ErrorPage] = pages! {
    "WordPress", "WordPress, wp-includes/class-wp-fatal-error-handler.php, wp-includes/functions.php (dead_db)" {
        "wordpress-page-database" [500, 503] "the application has no connection with its database" => [
            Holding(&["Error establishing a database connection"]),
        ];
        "wordpress-page-failed" [500] FAILED => [Holding(&["There has been a critical error on this website."])];
    }
    "Wordfence", "Wordfence, lib/wf503.php: 503 to addresses that it blocks" {
        "wordfence-page-blocked" [503] "a rule of the application's firewall refuses the request" => [
            Holding(&["Your access to this site has been limited by the site owner"]),
        ];
    }
    "PHP", "php-src, main/main.c (php_error_cb, with html_errors and without)" {
        "php-page-failed" [500] FAILED => [
            Holding(&["<b>Fatal error</b>:"]),
            Holding(&["PHP Fatal error: "]),
        ];
    }
    "Django", "django/django, django/views/defaults.py (server_error)" {
        "django-page-failed" [500] FAILED => [Holding(&["<h1>Server Error (500)</h1>"])];
    }
    "Werkzeug", "pallets/werkzeug, src/werkzeug/exceptions.py (InternalServerError)" {
        "werkzeug-page-failed" [500] FAILED => [Holding(&["Either the server is overloaded or there is an error in the application."])];
    }
    "Spring Boot", "spring-projects/spring-boot, ErrorMvcAutoConfiguration (StaticView)" {
        "spring-page-failed" [500] FAILED => [Holding(&["Whitelabel Error Page"])];
    }
    "Tomcat", "apache/tomcat, java/org/apache/catalina/valves/ErrorReportValve.java" {
        "tomcat-page-failed" [500] FAILED => [Holding(&["<h1>HTTP Status 500 "])];
    }
    "ASP.NET", "dotnet/referencesource, System.Web/ErrorFormatter.cs" {
        "asp-net-page-failed" [500] FAILED => [Holding(&["<H1>Server Error in '"])];
    }
    "Symfony", "symfony/symfony, src/Symfony/Component/ErrorHandler/Resources/views/error.html.php" {
        "symfony-page-failed" [500] FAILED => [
            Holding(&["Oops! An Error Occurred", "The server returned a \"500 Internal Server Error\"."]),
        ];
    }
    "Rails", "rails/rails, railties/lib/rails/generators/rails/app/templates/public/500.html; Passenger's page of an application that cannot start has the same words" {
        "rails-page-failed" [500] FAILED => [
            Holding(&["We're sorry, but something went wrong"]),
            Holding(&["We’re sorry, but something went wrong"]),
        ];
    }
    "Express", "pillarjs/finalhandler, index.js (createHtmlDocument)" {
        "express-page-failed" [500] FAILED => [Holding(&["<title>Error</title>", "<pre>"])];
    }
    "Drupal", "drupal/core, lib/Drupal/Core/EventSubscriber/FinalExceptionSubscriber.php" {
        "drupal-page-failed" [500] FAILED => [Holding(&["The website encountered an unexpected error."])];
    }
    "Magento", "magento/magento2, pub/errors/default/report.phtml (sent with 500 or 503)" {
        "magento-page-failed" [500, 503] FAILED => [
            Holding(&["There has been an error processing your request", "Error log record number"]),
        ];
    }
    "express-rate-limit", "express-rate-limit/express-rate-limit, source/lib.ts (message, statusCode)" {
        "express-page-limited" [429, 503] LIMITED => [Whole("Too many requests, please try again later.")];
    }
    "Rack::Attack", "rack/rack-attack, lib/rack/attack/configuration.rb (DEFAULT_THROTTLED_RESPONDER)" {
        "rack-attack-page-limited" [429, 503] LIMITED => [Whole("Retry later")];
    }
    "Django REST framework", "encode/django-rest-framework, rest_framework/exceptions.py (Throttled)" {
        "drf-page-limited" [429] LIMITED => [Holding(&["\"detail\":\"Request was throttled."])];
    }
    "Laravel", "laravel/framework, src/Illuminate/Routing/Middleware/ThrottleRequests.php" {
        "laravel-page-limited" [429] LIMITED => [Holding(&["Too Many Attempts."])];
    }
    "NestJS", "nestjs/throttler, src/throttler.exception.ts" {
        "nest-page-limited" [429] LIMITED => [Holding(&["ThrottlerException: Too Many Requests"])];
    }
    "Fastify", "fastify/fastify-rate-limit, index.js (defaultErrorResponse)" {
        "fastify-page-limited" [429] LIMITED => [Holding(&["\"message\":\"Rate limit exceeded, retry in "])];
    }
    "axum", "tokio-rs/axum, examples (handle_error of a LoadShed layer); tower-rs/tower, tower/src/load_shed/error.rs" {
        "axum-page-overloaded" [503] "the application takes no more requests at a time" => [
            Whole("service is overloaded, try again later"),
            Whole("service overloaded"),
        ];
    }
};
