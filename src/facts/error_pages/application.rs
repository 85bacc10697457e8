//! Pages by which applications and their frameworks say that they failed, and pages of filters within them.

use super::page::PageForm::Holding;
use super::page::ProgramPages;

/// What most of them say.
const FAILED: &str = "the application failed at this request";

pub(super) const PAGES: &[ProgramPages] = &[
    ProgramPages {
        program: "WordPress",
        source: "WordPress, wp-includes/class-wp-fatal-error-handler.php, wp-includes/functions.php (dead_db)",
        pages: &[
            (
                "wordpress-page-database",
                &[500, 503],
                "the application has no connection with its database",
                &[Holding(&["Error establishing a database connection"])],
            ),
            (
                "wordpress-page-failed",
                &[500],
                FAILED,
                &[Holding(&["There has been a critical error on this website."])],
            ),
        ],
    },
    ProgramPages {
        program: "Wordfence",
        source: "Wordfence, lib/wf503.php: 503 to addresses that it blocks",
        pages: &[(
            "wordfence-page-blocked",
            &[503],
            "a rule of the application's firewall refuses the request",
            &[Holding(&["Your access to this site has been limited by the site owner"])],
        )],
    },
    ProgramPages {
        program: "PHP",
        source: "php-src, main/main.c (php_error_cb, with html_errors and without)",
        pages: &[(
            "php-page-failed",
            &[500],
            FAILED,
            &[Holding(&["<b>Fatal error</b>:"]), Holding(&["PHP Fatal error: "])],
        )],
    },
    ProgramPages {
        program: "Django",
        source: "django/django, django/views/defaults.py (server_error)",
        pages: &[("django-page-failed", &[500], FAILED, &[Holding(&["<h1>Server Error (500)</h1>"])])],
    },
    ProgramPages {
        program: "Werkzeug",
        source: "pallets/werkzeug, src/werkzeug/exceptions.py (InternalServerError)",
        pages: &[(
            "werkzeug-page-failed",
            &[500],
            FAILED,
            &[Holding(&["Either the server is overloaded or there is an error in the application."])],
        )],
    },
    ProgramPages {
        program: "Spring Boot",
        source: "spring-projects/spring-boot, ErrorMvcAutoConfiguration (StaticView)",
        pages: &[("spring-page-failed", &[500], FAILED, &[Holding(&["Whitelabel Error Page"])])],
    },
    ProgramPages {
        program: "Tomcat",
        source: "apache/tomcat, java/org/apache/catalina/valves/ErrorReportValve.java",
        pages: &[("tomcat-page-failed", &[500], FAILED, &[Holding(&["<h1>HTTP Status 500 "])])],
    },
    ProgramPages {
        program: "ASP.NET",
        source: "dotnet/referencesource, System.Web/ErrorFormatter.cs",
        pages: &[("asp-net-page-failed", &[500], FAILED, &[Holding(&["<H1>Server Error in '"])])],
    },
    ProgramPages {
        program: "Symfony",
        source: "symfony/symfony, src/Symfony/Component/ErrorHandler/Resources/views/error.html.php",
        pages: &[(
            "symfony-page-failed",
            &[500],
            FAILED,
            &[Holding(&["Oops! An Error Occurred", "The server returned a \"500 Internal Server Error\"."])],
        )],
    },
    ProgramPages {
        program: "Rails",
        source: "rails/rails, railties/lib/rails/generators/rails/app/templates/public/500.html; Passenger's page of an application that cannot start has the same words",
        pages: &[(
            "rails-page-failed",
            &[500],
            FAILED,
            &[
                Holding(&["We're sorry, but something went wrong"]),
                Holding(&["We’re sorry, but something went wrong"]),
            ],
        )],
    },
    ProgramPages {
        program: "Express",
        source: "pillarjs/finalhandler, index.js (createHtmlDocument)",
        pages: &[("express-page-failed", &[500], FAILED, &[Holding(&["<title>Error</title>", "<pre>"])])],
    },
    ProgramPages {
        program: "Drupal",
        source: "drupal/core, lib/Drupal/Core/EventSubscriber/FinalExceptionSubscriber.php",
        pages: &[(
            "drupal-page-failed",
            &[500],
            FAILED,
            &[Holding(&["The website encountered an unexpected error."])],
        )],
    },
    ProgramPages {
        program: "Magento",
        source: "magento/magento2, pub/errors/default/report.phtml (sent with 500 or 503)",
        pages: &[(
            "magento-page-failed",
            &[500, 503],
            FAILED,
            &[Holding(&["There has been an error processing your request", "Error log record number"])],
        )],
    },
];
